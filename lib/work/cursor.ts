import { validate as isUuid } from 'uuid';

/** A place in the list of transcodes, newest first: behind this one. */
export type Place = { readonly createdAt: Date; readonly id: string };

const CURSOR = /^(\d{1,15})\.([0-9a-f-]{36})$/;

/** What stands for a place in an API answer. */
export function writeCursor({ createdAt, id }: Place): string {
  return Buffer.from(`${createdAt.getTime()}.${id}`).toString('base64url');
}

/** Undefined for what is no cursor. */
export function readCursor(text: string): Place | undefined {
  const [, time, id] = CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (time === undefined || id === undefined || !isUuid(id)) return undefined;
  const place = { createdAt: new Date(Number(time)), id };
  return writeCursor(place) === text ? place : undefined;
}

/** Sorts the newest first; those of one millisecond by their ids. */
export function newestFirst(one: Place, other: Place): number {
  return other.createdAt.getTime() - one.createdAt.getTime() || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0);
}
