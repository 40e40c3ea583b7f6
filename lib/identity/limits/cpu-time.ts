import { createHash } from 'node:crypto';
import { AppError } from '#lib/errors.ts';
import { accountOf, type Caller } from '#lib/identity/caller.ts';
import type { Counter } from './counter.ts';

/** CPU time of ffmpeg in ms, counted per account in windows of an hour. */
export const CPU_TIME = { name: 'cpu', windowMs: 3_600_000 } as const;

/** Hashes an account, which can be longer than a key of the table. */
export function digest(account: string): string {
  return createHash('sha256').update(account).digest('base64url');
}

/**
 * Throws RATE_LIMITED when the caller's key has used its CPU time of this hour. What other processes have counted is known
 * a second after the first request.
 */
export async function refuseOverrun(caller: Caller, cpuMs: Pick<Counter, 'count'>): Promise<void> {
  const limit = caller.limits?.cpu_seconds_per_hour;
  if (limit === undefined) return;
  const { used, resetMs } = await cpuMs.count(accountOf(caller), { points: 0 });
  if (used < limit * 1_000) return;
  const details = { budget: 'cpu_seconds_per_hour', limit, used: Math.round(used / 1_000) };
  const message = `this caller has used its ${limit} seconds of CPU time of this hour`;
  throw new AppError('RATE_LIMITED', { ...details, retry_after_seconds: Math.ceil(resetMs / 1_000) }, { message });
}
