/** Which second of the source a second of the output comes from, through changes of speed. */
export type SourceClock = {
  /** From this second of output on, the speed is another. */
  changeSpeed(outSeconds: number, speed: number): void;
  at(outSeconds: number): number;
};

export function createSourceClock({ startAt, speed }: { startAt: number; speed: number }): SourceClock {
  let since = { out: 0, source: startAt, speed };
  const at = (outSeconds: number): number => since.source + Math.max(0, outSeconds - since.out) * since.speed;
  return {
    changeSpeed(outSeconds, next) {
      since = { out: Math.max(since.out, outSeconds), source: at(outSeconds), speed: next };
    },
    at,
  };
}
