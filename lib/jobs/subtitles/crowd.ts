import { AppError } from '#lib/errors.ts';

/** Most cues that are shown at once. */
export const MOST_AT_ONCE = 200;

/** Throws LIMIT_EXCEEDED `{limit: 'subtitle_cues_at_once'}` when too many cues overlap. */
export function refuseCrowd(cues: readonly { readonly fromMs: number; readonly toMs: number }[]): void {
  const starts = cues.map(({ fromMs }) => fromMs).sort((one, other) => one - other);
  const ends = cues.map(({ toMs }) => toMs).sort((one, other) => one - other);
  let [ended, most] = [0, 0];
  for (const [begun, start] of starts.entries()) {
    while ((ends[ended] ?? Number.POSITIVE_INFINITY) <= start) ended += 1;
    most = Math.max(most, begun + 1 - ended);
  }
  if (most <= MOST_AT_ONCE) return;
  const details = { limit: 'subtitle_cues_at_once', value: most, max: MOST_AT_ONCE };
  throw new AppError('LIMIT_EXCEEDED', details, { message: `${most} cues are shown at once` });
}
