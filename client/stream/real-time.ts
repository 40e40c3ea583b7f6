/** Measures how far the output is ahead of the time since its first sample. */
export type RealTime = {
  gave(seconds: number): void;
  aheadSeconds(): number;
};

export function createRealTime(clock: () => number = () => performance.now()): RealTime {
  let given = 0;
  let beganAt: number | undefined;
  return {
    gave(seconds) {
      beganAt ??= clock();
      given += seconds;
    },
    aheadSeconds: () => (beganAt === undefined ? 0 : given - (clock() - beganAt) / 1_000),
  };
}
