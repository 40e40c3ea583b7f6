import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '#lib/config.ts';
import { createJobRunnerServices } from '#lib/services/job-runner.ts';
import { DRAIN_CHANNEL } from './drain-channel.ts';
import type { Runner } from './runner.ts';

/** Time between two attempts to start while the database is down, ms. */
const AGAIN_MS = 1_000;

/** Runs jobs until it is stopped or drained. Starts without the database, and takes jobs once it is up. */
export async function startJobs(config: Config): Promise<Runner> {
  const { start: takeJobs, store, instance, log, shutDown } = createJobRunnerServices(config);
  const drained = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const started = start();
  store.notifications.listen(DRAIN_CHANNEL, (machineId) => {
    if (machineId === instance.machineId) void stop().then(drained.resolve);
  });

  async function start(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        return await takeJobs();
      } catch (error) {
        log.warn({ err: error }, 'jobs cannot be taken yet');
        await delay(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  let stopped: Promise<void> | undefined;
  function stop(): Promise<void> {
    stopping.abort();
    stopped ??= started.then(shutDown);
    return stopped;
  }

  return { stop, drained: drained.promise };
}
