import { tmpdir } from 'node:os';
import type { Config } from '#lib/config.ts';
import { notConfigured } from '#lib/errors.ts';
import { createFfmpegSupervisor } from '#lib/ffmpeg/supervisor.ts';
import type { AttemptHooks, AttemptOutcome, ClaimedJob } from '#lib/jobs/attempt.ts';
import type { AttemptsOptions } from '#lib/jobs/attempts.ts';
import type { JobQueue } from '#lib/jobs/job-store.ts';
import { RUN_LIMITS } from '#lib/jobs/run/run-limits.ts';
import type { AttemptWatch, RunTools } from '#lib/jobs/run/run-tools.ts';
import type { StatusChange } from '#lib/jobs/status-change.ts';
import type { Log } from '#lib/log.ts';
import { createSourceOpener } from '#lib/sources/open-source.ts';
import type { Results } from '#lib/storage/results/results.ts';
import type { Instance } from '#lib/store/instances.ts';
import { countCpuTime } from './cpu-time.ts';
import { createBuildNotice } from './job-build.ts';
import { findProgramsOnce } from './job-programs.ts';
import { type JobRows, openJobRows } from './job-rows.ts';
import { usageOf } from './memory.ts';
import { openRunnerMetrics, type RunnerMetrics } from './metrics.ts';
import { openPresence } from './presence.ts';
import { openDestinations, openJobResults, openS3, sourceOptions } from './storage.ts';
import type { Store } from './store.ts';

export type JobPartsOptions = {
  readonly store: Store;
  readonly log: Log;
  readonly instance: Instance;
  /** Whether the process takes jobs all the time. Such a process does the queue's maintenance. */
  readonly takes: boolean;
};

/** What a process needs to run jobs, whether it lives long or not. */
export type JobParts = {
  readonly rows: JobRows;
  readonly queue: JobQueue;
  readonly results: Results;
  readonly metrics: RunnerMetrics;
  /** Where the scratch folders of attempts are. */
  readonly directory: string;
  readonly programs: RunTools['programs'];
  /** What takes jobs from the queue needs of this process. */
  readonly taking: Omit<AttemptsOptions, 'run'> & { readonly queue: JobQueue };
  readonly run: (
    job: ClaimedJob,
    hooks: AttemptHooks,
    options: { readonly signal: AbortSignal; readonly watch?: AttemptWatch },
  ) => Promise<AttemptOutcome>;
  /** Frees everything but the store. Call it when no attempt runs. */
  close(): Promise<void>;
};

/** Opens the parts. Throws UNAVAILABLE without a bucket. */
export function openJobParts(config: Config, { store, log, instance, takes }: JobPartsOptions): JobParts {
  const supervisor = createFfmpegSupervisor({
    limits: { memoryBytes: RUN_LIMITS.memoryBytes, stall: { afterMs: RUN_LIMITS.stallMs, from: 'spawn' } },
    stopGraceMs: config.FFMPEG_STOP_GRACE_SECONDS * 1_000,
    onOutcome: ({ kind }) => metrics.ffmpegExited(kind),
  });
  const metrics = openRunnerMetrics({ instance, store, usage: () => usageOf(supervisor) });
  const programs = findProgramsOnce(config, log);
  /** Results of another ffmpeg are not used while this one runs. */
  const noteBuild = createBuildNotice({ store, instance, programs });
  const presence = openPresence({
    ...{ instance, store, log, sweepers: [] },
    onBeat: async () => void (await Promise.all([metrics.publish(), noteBuild()])),
    onStop: () => metrics.publishLast(),
  });
  const s3 = openS3(config);
  const sources = createSourceOpener({ ...sourceOptions(config, s3), maxBytes: RUN_LIMITS.inputBytes });
  const results = openJobResults(config, s3);
  if (results === undefined) throw notConfigured('storage', 'jobs need a bucket: set S3_BUCKET');
  const destinations = openDestinations(config, { s3, results });
  const { rows, queue } = openJobRows(store, { log, takes, onStatus: (change) => count(metrics, change) });
  const directory = config.SPOOL_DIR ?? tmpdir();
  const tools: RunTools = {
    ...{ sources, supervisor, results, destinations },
    limits: { ...RUN_LIMITS, niceness: config.JOB_NICENESS },
    programs,
    scratch: { directory, instance: instance.id },
    fetched: metrics.jobFetched,
    usedCpu: countCpuTime(store),
    now: () => performance.now(),
  };
  return {
    ...{ rows, queue, results, metrics, directory, programs },
    taking: {
      ...{ queue, rows, instance, log },
      onStart({ attempt, waitedSeconds }) {
        if (attempt === 1) metrics.jobStarted(waitedSeconds);
      },
      onEnd({ record: { result }, seconds }) {
        metrics.attemptEnded({ seconds, outputBytes: result?.outputs.reduce((sum, { bytes }) => sum + bytes, 0) });
      },
    },
    async run(job, hooks, { signal, watch }) {
      // An idle process does without this code, which saves memory.
      const { runAttempt } = await import('#lib/jobs/run/run-attempt.ts');
      return runAttempt(job, { ...tools, watch }, hooks, signal);
    },
    async close() {
      await queue.close();
      supervisor.close();
      await sources.close();
      destinations.close();
      s3.close();
      await presence?.stop();
    },
  };
}

function count(metrics: RunnerMetrics, { record, reason }: StatusChange): void {
  if (record.ended_at !== null) metrics.jobEnded(record.status);
  else if (reason !== undefined) metrics.jobRetried(reason);
}
