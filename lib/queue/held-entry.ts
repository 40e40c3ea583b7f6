import type { PgBoss } from 'pg-boss';
import type { HeldEntry, NextOptions } from '#lib/jobs/job-store.ts';
import { FRONT } from '#lib/jobs/turns.ts';
import { JOBS, REFRESH_SECONDS } from './job-queue-options.ts';

/**
 * Takes the next entry that is not for runners only; undefined when there is none. It is kept alive until it is released.
 * Unlike the slots of `work`, this needs no timers between two calls, when a function may be frozen.
 */
export async function takeNext(
  boss: PgBoss,
  { accountConcurrency, onError }: NextOptions,
): Promise<HeldEntry | undefined> {
  const [entry] = await boss.fetch(JOBS, {
    batchSize: 1,
    // The entries for runners only have higher ones.
    maxPriority: -FRONT,
    ...(accountConcurrency !== undefined && { groupConcurrency: accountConcurrency }),
  });
  if (entry === undefined) return undefined;
  const { id, retryCount } = entry;
  const lost = new AbortController();
  const timer = setInterval(() => void refresh().catch(onError), REFRESH_SECONDS * 1_000).unref();

  /** A refresh that fails says nothing about the entry: it may still be held. */
  async function refresh(): Promise<void> {
    const { affected } = (await boss.touch(JOBS, { id, retryCount })) as { readonly affected: number };
    if (affected === 0) lost.abort();
  }

  return { entry: { id, claim: retryCount }, lost: lost.signal, release: () => clearInterval(timer) };
}
