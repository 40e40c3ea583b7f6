import { setTimeout as delay } from 'node:timers/promises';
import { version } from 'uuid';
import { doubling } from './restart-policy.ts';
import type { Share } from './shares.ts';

/** Longest time from the first byte of a transcode to the write of its record, while the store works, ms. */
const WRITTEN_WITHIN_MS = 1_000;
/** How far the clocks of two instances may differ, ms. */
const CLOCKS_DIFFER_MS = 500;
/** Waits between two looks for a record, ms: six looks in 1.5 s. */
const WAITS_MS = doubling(50, 800);

/**
 * Returns whether the record of a transcode that is not in the store may still be written. A request with the id may
 * reach another instance before the write. The id is a UUID v7, which contains its time of creation (RFC 9562, 5.7).
 */
export function mayBeOnItsWay(id: string, now: number = Date.now()): boolean {
  if (version(id) !== 7) return false;
  const madeAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return madeAt - now < CLOCKS_DIFFER_MS && now - madeAt < WRITTEN_WITHIN_MS;
}

/**
 * Looks for a record that may be on its way, at most six times. `waits` limits the callers that wait at a time: each look
 * is a transaction. Throws RATE_LIMITED and OVERLOADED, as `waits` does.
 */
export async function lookForRecord<Found>(
  id: string,
  look: () => Promise<Found | undefined>,
  { waits, account }: { readonly waits: Share; readonly account: string },
): Promise<Found | undefined> {
  const found = await look();
  if (found !== undefined || !mayBeOnItsWay(id)) return found;
  const wait = waits.take({ account });
  try {
    for (const ms of WAITS_MS) {
      await delay(ms);
      const written = await look();
      if (written !== undefined || !mayBeOnItsWay(id)) return written;
    }
    return undefined;
  } finally {
    wait.release();
  }
}
