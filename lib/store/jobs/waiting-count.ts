/** The number of waiting jobs, counted at most once a second: counting takes longer the more there are. */
export type WaitingCount = {
  /** Returns the number, with what this process has added since. */
  current(): Promise<number>;
  add(jobs: number): void;
};

const FRESH_MS = 1_000;

export function createWaitingCount(count: () => Promise<number>): WaitingCount {
  let counted: { readonly at: number; readonly number: Promise<number> } | undefined;
  let added = 0;
  return {
    async current() {
      if (counted === undefined || performance.now() - counted.at > FRESH_MS) {
        counted = { at: performance.now(), number: count() };
        added = 0;
        counted.number.catch(() => {
          counted = undefined;
        });
      }
      return (await counted.number) + added;
    },
    add(jobs) {
      added += jobs;
    },
  };
}
