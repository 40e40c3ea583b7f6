const LATE = Symbol('late');

/** What a promise gives within so many milliseconds, else what `late` gives, or throws. A later failure is nobody's. */
export async function within<Result, Late>(
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
