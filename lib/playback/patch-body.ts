import { z } from 'zod';
import { FILTER_PATCH, TRANSCODE_REQUEST } from './request.ts';

/** The body of `PATCH /transcodes/{id}/filters`, its filters wrapped. */
export const PATCH_BODY = z.strictObject({ filters: FILTER_PATCH }).check(({ value, issues }) => {
  // Unknown fields are reported as such.
  if (issues.length > 0 || Object.keys(value.filters).length > 0) return;
  issues.push({ code: 'custom', path: [], input: value, message: 'no filter is named' });
});

/** Filters may stand in the body as they are, or in its `filters`, as in a request. */
export function wrapFilters(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || 'filters' in body) return body;
  return { filters: body };
}

/** The response to a change. */
export const ADJUSTED = z.strictObject({
  filters: TRANSCODE_REQUEST.shape.filters,
  applied_at_sample: z.int().min(0).meta({ description: 'Of the output, from its beginning.' }),
});
