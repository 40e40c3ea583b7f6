import type { Config } from '#lib/config.ts';
import type { Check, Health } from '#lib/health.ts';
import { livingRunners } from '#lib/store/runners.ts';
import type { Store } from './store.ts';

type Kind = keyof Health['checks']['runners'];
type RunnerChecks = Health['checks']['runners'];

/** Longest wait for the database, ms. */
const ANSWER_MS = 500;
/** Longest age of a result, ms. */
const FRESH_MS = 2_000;

const MISSING: Check = { status: 'degraded', message: 'no runner of this kind runs: start one (npm run runner)' };

/**
 * Returns whether a runner of each kind in RUNNER_KINDS runs anywhere. Never rejects: while the database is down, the last
 * result stays.
 */
export function createRunnerCheck(
  { RUNNER_KINDS }: Pick<Config, 'RUNNER_KINDS'>,
  store: Store | undefined,
): () => Promise<RunnerChecks> {
  const wanted: ReadonlySet<Kind> = new Set(store === undefined ? [] : RUNNER_KINDS);
  const checkOf = (kind: Kind, check: Check): Check => (wanted.has(kind) ? check : { status: 'disabled' });
  let last: RunnerChecks = { jobs: checkOf('jobs', { status: 'ok' }) };
  let askedAt = Number.NEGATIVE_INFINITY;

  async function ask({ database }: Store): Promise<void> {
    const runners = await database.run((db) => livingRunners(db), { timeoutMs: ANSWER_MS });
    const running = new Set(runners.flatMap(({ kinds }) => kinds));
    last = { jobs: checkOf('jobs', running.has('jobs') ? { status: 'ok' } : MISSING) };
  }

  return async () => {
    if (store !== undefined && wanted.size > 0 && performance.now() - askedAt > FRESH_MS) {
      askedAt = performance.now();
      await ask(store).catch(() => undefined);
    }
    return last;
  };
}
