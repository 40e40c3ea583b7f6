/** How far the audio that has been given is ahead of the time that has passed since its first. */
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
