export type OnceSuccessful<Result> = {
  (): Promise<Result>;
  /** Returns the result, or that of the running call; undefined before the first call and after a failure. */
  readonly made: () => Promise<Result> | undefined;
};

/** Returns a function that runs `work` once and gives every caller its result. After a failure, the next call runs it again. */
export function onceSuccessful<Result>(work: () => Promise<Result>): OnceSuccessful<Result> {
  let result: Promise<Result> | undefined;
  const get = (): Promise<Result> => {
    result ??= work().catch((error: unknown) => {
      result = undefined;
      throw error;
    });
    return result;
  };
  return Object.assign(get, { made: () => result });
}
