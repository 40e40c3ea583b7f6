import { availableParallelism, tmpdir } from 'node:os';
import type { Config } from '#lib/config.ts';
import { notConfigured } from '#lib/errors.ts';
import { createFfmpegSupervisor } from '#lib/ffmpeg/supervisor.ts';
import { RUN_LIMITS } from '#lib/jobs/run/run-limits.ts';
import type { RunTools } from '#lib/jobs/run/run-tools.ts';
import type { StatusChange } from '#lib/jobs/status-change.ts';
import { type TakingJobs, takeJobs } from '#lib/jobs/take-jobs.ts';
import { createLog, type Log } from '#lib/log.ts';
import { createSourceOpener } from '#lib/sources/open-source.ts';
import type { Instance } from '#lib/store/instances.ts';
import { startCallbacks } from './callbacks.ts';
import { countCpuTime } from './cpu-time.ts';
import { startJobChores } from './job-chores.ts';
import { findProgramsOnce } from './job-programs.ts';
import { openJobRows } from './job-rows.ts';
import { usageOf } from './memory.ts';
import { openRunnerMetrics, type RunnerMetrics } from './metrics.ts';
import { newInstance, openPresence } from './presence.ts';
import { openDestinations, openJobResults, openS3, sourceOptions } from './storage.ts';
import { openStore, type Store } from './store.ts';

/** A process that runs jobs. */
export type JobRunnerServices = {
  readonly log: Log;
  readonly store: Store;
  readonly instance: Instance;
  /** Takes jobs from the queue, after those that an earlier process of this machine left. Throws UNAVAILABLE. */
  start(): Promise<void>;
  /** Takes no more jobs, hands back those that do not end within the grace period, and frees everything. */
  shutDown(): Promise<void>;
};

/** The composition root of a runner of jobs. Throws UNAVAILABLE without a database or a bucket. */
export function createJobRunnerServices(config: Config): JobRunnerServices {
  const log = createLog({ level: config.LOG_LEVEL });
  const store = openStore(config);
  if (store === undefined) throw notConfigured('store', 'jobs need a database: set DATABASE_URL');
  const instance: Instance = { ...newInstance(config, { store, log }), runnerKinds: ['jobs'] };
  const supervisor = createFfmpegSupervisor({
    limits: { memoryBytes: RUN_LIMITS.memoryBytes, stall: { afterMs: RUN_LIMITS.stallMs, from: 'spawn' } },
    stopGraceMs: config.FFMPEG_STOP_GRACE_SECONDS * 1_000,
    onOutcome: ({ kind }) => metrics.ffmpegExited(kind),
  });
  const metrics = openRunnerMetrics({ instance, store, usage: () => usageOf(supervisor) });
  const presence = openPresence({
    ...{ instance, store, log, sweepers: [] },
    onBeat: () => metrics.publish(),
    onStop: () => metrics.publishLast(),
  });
  const s3 = openS3(config);
  const sources = createSourceOpener({ ...sourceOptions(config, s3), maxBytes: RUN_LIMITS.inputBytes });
  const results = openJobResults(config, s3);
  if (results === undefined) throw notConfigured('storage', 'jobs need a bucket: set S3_BUCKET');
  const destinations = openDestinations(config, { s3, results });
  const { rows, queue } = openJobRows(store, { log, takes: true, onStatus: (change) => count(metrics, change) });
  const programs = findProgramsOnce(config, log);
  const tools: RunTools = {
    ...{ sources, supervisor, results, destinations },
    limits: { ...RUN_LIMITS, niceness: config.JOB_NICENESS },
    programs,
    scratch: { directory: config.SPOOL_DIR ?? tmpdir(), instance: instance.id },
    fetched: metrics.jobFetched,
    usedCpu: countCpuTime(store),
    now: () => performance.now(),
  };
  const stopChores = startJobChores({
    ...{ config, store, rows, results, log, instance, directory: tools.scratch.directory },
  });
  const callbacks = startCallbacks({ config, store, log, counters: metrics });
  let taking: TakingJobs | undefined;
  return {
    ...{ log, store, instance },
    async start() {
      // A missing ffmpeg is reported now, not with the first job.
      programs().catch((error: unknown) => log.error({ err: error }, 'ffmpeg'));
      taking = await takeJobs({
        ...{ queue, rows, instance, log },
        slots: config.JOB_SLOTS ?? Math.max(1, availableParallelism() - 1),
        accountConcurrency: config.JOB_OWNER_CONCURRENCY,
        async run(job, hooks, signal) {
          // An idle runner does without this code, which saves memory.
          const { runAttempt } = await import('#lib/jobs/run/run-attempt.ts');
          return runAttempt(job, tools, hooks, signal);
        },
        onStart({ attempt, waitedSeconds }) {
          if (attempt === 1) metrics.jobStarted(waitedSeconds);
        },
        onEnd({ record: { result }, seconds }) {
          metrics.attemptEnded({ seconds, outputBytes: result?.outputs.reduce((sum, { bytes }) => sum + bytes, 0) });
        },
      });
    },
    async shutDown() {
      const handBack = setTimeout(() => void taking?.stop(), config.SHUTDOWN_GRACE_SECONDS * 1_000);
      await taking?.drain();
      clearTimeout(handBack);
      await taking?.stop();
      await stopChores();
      await callbacks.stop();
      await queue.close();
      supervisor.close();
      await sources.close();
      destinations.close();
      s3.close();
      await presence?.stop();
      await store.close();
    },
  };
}

function count(metrics: RunnerMetrics, { record, reason }: StatusChange): void {
  if (record.ended_at !== null) metrics.jobEnded(record.status);
  else if (reason !== undefined) metrics.jobRetried(reason);
}
