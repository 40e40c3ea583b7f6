import { z } from 'zod';
import { FILTER_PATCH, TRANSCODE_REQUEST } from './request.ts';

/** The body of `PATCH /transcodes/{id}/filters`, with its filters in `filters`. */
export const PATCH_BODY = z.strictObject({ filters: FILTER_PATCH }).check(({ value, issues }) => {
  // Unknown fields have their own error.
  if (issues.length > 0 || Object.keys(value.filters).length > 0) return;
  issues.push({ code: 'custom', path: [], input: value, message: 'the body has no filters: send at least one' });
});

/** Wraps filters that are at the top level of the body. They may also be in `filters`, as in a request. */
export function wrapFilters(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || 'filters' in body) return body;
  return { filters: body };
}

/** The response to a change. */
export const ADJUSTED = z.strictObject({
  filters: TRANSCODE_REQUEST.shape.filters,
  applied_at_sample: z
    .int()
    .min(0)
    .meta({ description: 'The output sample from which the change is audible, counted from the start of the stream.' }),
});
