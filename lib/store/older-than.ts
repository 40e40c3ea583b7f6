import { sql } from 'kysely';
import type { Cursor } from '#lib/work/cursor.ts';

/** The condition for the rows of a page: those that come after a cursor, newest first. */
export function olderThan({ createdAt, id }: Cursor) {
  return sql<boolean>`(created_at, id) < (${createdAt}::timestamptz, ${id}::uuid)`;
}
