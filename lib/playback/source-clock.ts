/** Maps seconds of the output to seconds of the source, across changes of speed. */
export type SourceClock = {
  /** Sets the speed from this second of output on. A change never applies before the previous one. */
  changeSpeed(outSeconds: number, speed: number): void;
  /** Drops the changes after this second and sets the speed: another encoder continues from here. */
  restart(outSeconds: number, speed: number): void;
  at(outSeconds: number): number;
};

/** More than the number of changes that can be pending between encoding and playing. */
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
