import { validate as isUuid } from 'uuid';

/** A position in a list that is sorted newest first: after the record with this time and id. */
export type Cursor = { readonly createdAt: Date; readonly id: string };

const CURSOR = /^(\d{1,15})\.([0-9a-f-]{36})$/;

/** Returns the text of a cursor in an API response. */
export function writeCursor({ createdAt, id }: Cursor): string {
  return Buffer.from(`${createdAt.getTime()}.${id}`).toString('base64url');
}

/** Returns undefined for text that is not a cursor. */
export function readCursor(text: string): Cursor | undefined {
  const [, time, id] = CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (time === undefined || id === undefined || !isUuid(id)) return undefined;
  const cursor = { createdAt: new Date(Number(time)), id };
  return writeCursor(cursor) === text ? cursor : undefined;
}

/** Compares newest first. Records of the same millisecond are ordered by id, largest first. */
export function newestFirst(one: Cursor, other: Cursor): number {
  return other.createdAt.getTime() - one.createdAt.getTime() || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0);
}
