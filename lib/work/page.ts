import { z } from 'zod';
import { type Cursor, newestFirst, readCursor, writeCursor } from './cursor.ts';
import type { WorkRecord } from './record.ts';

const LARGEST_PAGE = 100;
const DEFAULT_PAGE = 20;
const LIMIT_ERROR = `limit must be a whole number between 1 and ${LARGEST_PAGE}`;

/** Query fields of every route that lists work. */
export const PAGE_FIELDS = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, { error: LIMIT_ERROR })
    .transform(Number)
    .pipe(z.number().min(1, { error: LIMIT_ERROR }).max(LARGEST_PAGE, { error: LIMIT_ERROR }))
    .default(DEFAULT_PAGE)
    .meta({ description: `Most items on the page: 1–${LARGEST_PAGE}, ${DEFAULT_PAGE} when absent.` }),
  cursor: z
    .string()
    .transform((text, { issues }) => {
      const cursor = readCursor(text);
      if (cursor !== undefined) return cursor;
      issues.push({ code: 'custom', input: text, message: 'cursor must be the next_cursor of a previous page' });
      return z.NEVER;
    })
    .optional()
    .meta({ description: 'Where to continue: `next_cursor` of the previous page.' }),
});

export const NEXT_CURSOR = z
  .string()
  .nullable()
  .meta({ description: '`cursor` of the next page; null on the last page.' });

export type Page<Item> = { readonly items: Item[]; readonly next_cursor: string | null };

type Listed = Pick<WorkRecord, 'id' | 'created_at'>;

/** Returns whether a record comes after the cursor in a list that is sorted newest first. */
export function isAfter(cursor: Cursor | undefined, record: Listed): boolean {
  return cursor === undefined || newestFirst(cursor, cursorOf(record)) < 0;
}

/** Returns a page with the first `limit` records, newest first. `mayBeMore`: whether more records may exist. */
export function pageOf<Item extends Listed>(
  records: readonly Item[],
  { limit, mayBeMore }: { readonly limit: number; readonly mayBeMore: boolean },
): Page<Item> {
  const sorted = records.toSorted((one, other) => newestFirst(cursorOf(one), cursorOf(other)));
  const items = sorted.slice(0, limit);
  const last = items.at(-1);
  const hasMore = last !== undefined && (mayBeMore || sorted.length > limit);
  return { items, next_cursor: hasMore ? writeCursor(cursorOf(last)) : null };
}

function cursorOf({ id, created_at }: Listed): Cursor {
  return { createdAt: new Date(created_at), id };
}
