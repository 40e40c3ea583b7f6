const LATE = Symbol('late');

/** Returns the promise's result if it comes within `ms`, else the result of `late`. Ignores a later rejection. */
export async function withTimeout<Result, Late>(
  ms: number,
  promise: Promise<Result>,
  late: () => Late,
): Promise<Result | Late> {
  promise.catch(() => undefined);
  const over = Promise.withResolvers<typeof LATE>();
  const timer = setTimeout(() => over.resolve(LATE), ms);
  const first = await Promise.race([promise, over.promise]).finally(() => clearTimeout(timer));
  return first === LATE ? late() : first;
}
