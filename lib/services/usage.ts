import { accountOf, type Caller } from '#lib/identity/caller.ts';
import type { RateLimits } from '#lib/identity/limits/rate-limits.ts';
import type { JobUsage } from '#lib/jobs/job-store.ts';
import type { Renditions } from '#lib/renditions/renditions.ts';
import type { Uploads } from '#lib/storage/uploads.ts';
import type { Share } from '#lib/work/shares.ts';
import type { Budgets } from './budgets.ts';

export type UsageParts = {
  readonly budgets: Budgets;
  readonly rateLimits: Pick<RateLimits, 'callers' | 'cpuMs' | 'records'>;
  readonly cache: Pick<Renditions<unknown>, 'bytesOf'>;
  readonly cacheBytes: number;
  readonly uploads: Pick<Uploads, 'usage'>;
  /** Returns an account's jobs; undefined without a database, and while it is down. */
  readonly jobUsage: (account: string) => Promise<JobUsage | undefined>;
  readonly maxJobs: number;
};

type Unit = 'count' | 'bytes' | 'seconds';
type Budget = { readonly used: number; readonly limit: number | null; readonly unit: Unit };

/** Returns what a caller uses of each budget. */
export type BudgetUsage = (caller: Caller) => Promise<Readonly<Record<string, Budget>>>;

export function createBudgetUsage(parts: UsageParts): BudgetUsage {
  const { budgets, rateLimits, cache, cacheBytes, uploads, jobUsage, maxJobs } = parts;
  return async (caller) => {
    const account = accountOf(caller);
    const { limits = {} } = caller;
    const shared = (share: Share, unit: Unit, limit?: number) => ({ ...share.usage({ account, limit }), unit });
    const [requests, cpu, records, stored, waiting] = await Promise.all([
      rateLimits.callers.allowance(account, limits.requests_per_minute),
      rateLimits.cpuMs.count(account, { points: 0 }),
      rateLimits.records.allowance(account),
      uploads.usage(caller),
      jobUsage(account),
    ]);
    return {
      requests_per_minute: { used: requests.used, limit: requests.limit, unit: 'count' },
      places: shared(budgets.places, 'count', limits.places),
      event_streams: shared(budgets.eventStreams, 'count'),
      spool_bytes: shared(budgets.spoolBytes, 'bytes'),
      cache_bytes: { used: cache.bytesOf(account), limit: cacheBytes, unit: 'bytes' },
      cpu_seconds_per_hour: { used: cpu.used / 1_000, limit: limits.cpu_seconds_per_hour ?? null, unit: 'seconds' },
      records_per_day: { used: records.used, limit: records.limit, unit: 'count' },
      ...(stored && {
        stored_bytes: { ...stored.bytes, unit: 'bytes' },
        open_uploads: { ...stored.open, unit: 'count' },
      }),
      ...(waiting && { jobs: { used: waiting.waiting, limit: limits.jobs ?? maxJobs, unit: 'count' } }),
    };
  };
}
