import { CPU_TIME, digest } from '#lib/identity/limits/cpu-time.ts';
import { createSharedCounts } from '#lib/store/rate-limits.ts';
import type { Store } from './store.ts';

/**
 * Returns a function that adds CPU time to the budget of an account, where hosts find it. What cannot be written while the
 * database is down is added to the next time.
 */
export function countCpuTime({ database }: Pick<Store, 'database'>): (account: string, seconds: number) => void {
  const shared = createSharedCounts(database);
  const unwritten = new Map<string, number>();
  return (account, seconds) => {
    const points = (unwritten.get(account) ?? 0) + Math.round(seconds * 1_000);
    unwritten.delete(account);
    if (points === 0) return;
    const counts = [{ key: `${CPU_TIME.name}:${digest(account)}`, points }];
    shared.add(counts, CPU_TIME.windowMs).catch(() => {
      unwritten.set(account, (unwritten.get(account) ?? 0) + points);
    });
  };
}
