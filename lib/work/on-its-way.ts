import { version } from 'uuid';

/** Longest time from the first byte of a transcode to the write of its record, while the store works, ms. */
const WRITTEN_WITHIN_MS = 1_000;

/**
 * Returns whether the record of a transcode that is not in the store may still be written. A request with the id may
 * reach another instance before the write. The id is a UUID v7, which contains its time of creation (RFC 9562, 5.7).
 */
export function mayBeOnItsWay(id: string, now: number = Date.now()): boolean {
  if (version(id) !== 7) return false;
  const madeAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return Math.abs(now - madeAt) < WRITTEN_WITHIN_MS;
}
