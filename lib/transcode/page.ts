import { z } from 'zod';
import { newestFirst, type Place, readCursor, writeCursor } from '#lib/work/cursor.ts';
import { TRANSCODE_RECORD, type TranscodeRecord } from './record.ts';
import { hasEnded, TRANSCODE_STATES } from './state.ts';

const STATES = ['active', ...TRANSCODE_STATES] as const;
const LARGEST_PAGE = 100;
const DEFAULT_PAGE = 20;
const LIMIT_ERROR = `limit must be a whole number between 1 and ${LARGEST_PAGE}`;

/** The query of `GET /transcodes`. */
export const PAGE_QUERY = z.strictObject({
  state: z
    .enum(STATES, { error: `state must be one of ${STATES.join(', ')}` })
    .optional()
    .meta({ description: '`active`: those that have not ended.' }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, { error: LIMIT_ERROR })
    .transform(Number)
    .pipe(z.number().min(1, { error: LIMIT_ERROR }).max(LARGEST_PAGE, { error: LIMIT_ERROR }))
    .default(DEFAULT_PAGE)
    .meta({ description: `1–${LARGEST_PAGE}, ${DEFAULT_PAGE} when absent.` }),
  cursor: z
    .string()
    .transform((text, { issues }) => {
      const place = readCursor(text);
      if (place !== undefined) return place;
      issues.push({ code: 'custom', input: text, message: 'cursor must be the next_cursor of another answer' });
      return z.NEVER;
    })
    .optional()
    .meta({ description: 'Where to go on: `next_cursor` of the page before.' }),
});

export const TRANSCODE_PAGE = z.strictObject({
  items: z.array(TRANSCODE_RECORD),
  next_cursor: z.string().nullable().meta({ description: 'Null on the last page.' }),
});

export type PageQuery = z.output<typeof PAGE_QUERY>;
export type TranscodePage = { items: TranscodeRecord[]; next_cursor: string | null };

/** Whether a record is one that the query asks for. */
export function isAskedFor(record: TranscodeRecord, { state, cursor }: Pick<PageQuery, 'state' | 'cursor'>): boolean {
  if (state === 'active' ? hasEnded(record.state) : state !== undefined && record.state !== state) return false;
  return cursor === undefined || newestFirst(cursor, placeOf(record)) < 0;
}

/** The first `limit` of records that were asked for, newest first; `mayBeMore`: of those there may be some behind. */
export function pageOf(
  records: readonly TranscodeRecord[],
  { limit, mayBeMore }: { readonly limit: number; readonly mayBeMore: boolean },
): TranscodePage {
  const sorted = records.toSorted((one, other) => newestFirst(placeOf(one), placeOf(other)));
  const items = sorted.slice(0, limit);
  const last = items.at(-1);
  const hasMore = last !== undefined && (mayBeMore || sorted.length > limit);
  return { items, next_cursor: hasMore ? writeCursor(placeOf(last)) : null };
}

function placeOf({ id, created_at }: TranscodeRecord): Place {
  return { createdAt: new Date(created_at), id };
}
