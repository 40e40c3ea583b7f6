/** Returns what is wrong with a range of seconds. `path`: where it stands. */
export function* rangeOffences(
  { from = 0, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  path: readonly PropertyKey[],
): Generator<{ readonly path: readonly PropertyKey[]; readonly message: string }> {
  if (to !== undefined && to <= from) {
    yield { path: [...path, 'to'], message: `to must be after from, which is ${from}` };
  }
}
