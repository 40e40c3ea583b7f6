import { version } from 'uuid';

/** How long after its first byte a transcode's record is written at the latest, while the store works, ms. */
const WRITTEN_WITHIN_MS = 1_000;

/**
 * Whether the record of a transcode that is not in the store may still get there: nothing waits for the writing, and a
 * request with the id may reach another instance sooner. The id is a UUID of version 7, which holds the time it was made
 * (RFC 9562, 5.7).
 */
export function mayBeOnItsWay(id: string, now: number = Date.now()): boolean {
  if (version(id) !== 7) return false;
  const madeAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return Math.abs(now - madeAt) < WRITTEN_WITHIN_MS;
}
