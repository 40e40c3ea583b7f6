/** Which second of the source a second of the output comes from, through changes of speed. */
export type SourceClock = {
  /** From this second of output on, the speed is another; a change never applies before the one before it. */
  changeSpeed(outSeconds: number, speed: number): void;
  /** Drops the changes that were to come after this second: another encoder goes on here, at this speed. */
  restart(outSeconds: number, speed: number): void;
  at(outSeconds: number): number;
};

/** More changes than can lie between what is made and what is heard. */
const MOST_STRETCHES = 64;

export function createSourceClock({ startAt, speed }: { startAt: number; speed: number }): SourceClock {
  const first = { out: 0, source: startAt, speed };
  let stretches = [first];

  function at(outSeconds: number): number {
    const stretch = stretches.findLast(({ out }) => out <= outSeconds) ?? stretches[0] ?? first;
    return stretch.source + Math.max(0, outSeconds - stretch.out) * stretch.speed;
  }

  function changeSpeed(outSeconds: number, next: number): void {
    const out = Math.max(outSeconds, stretches.at(-1)?.out ?? 0);
    stretches = [...stretches.slice(1 - MOST_STRETCHES), { out, source: at(out), speed: next }];
  }

  return {
    changeSpeed,
    restart(outSeconds, next) {
      stretches = stretches.filter(({ out }, index) => index === 0 || out <= outSeconds);
      changeSpeed(outSeconds, next);
    },
    at,
  };
}
