import { tmpdir } from 'node:os';
import { openApiDocument } from '#lib/api/openapi.ts';
import { type ApiPage, createApiPage } from '#lib/api-page/api-page.ts';
import { MEBIBYTE } from '#lib/bytes.ts';
import { availableFonts, type Fonts } from '#lib/ffmpeg/fonts/fonts.ts';
import { createFfmpegSupervisor } from '#lib/ffmpeg/supervisor.ts';
import type { ApiDocument } from '#lib/http/openapi.ts';
import { accountOf } from '#lib/identity/caller.ts';
import { refuseOverrun } from '#lib/identity/limits/cpu-time.ts';
import type { Preview } from '#lib/jobs/preview/preview.ts';
import { createProbeSource, type ProbeSource } from '#lib/jobs/probe-source.ts';
import { createRenditions } from '#lib/renditions/renditions.ts';
import { createSourceOpener } from '#lib/sources/open-source.ts';
import type { Uploads } from '#lib/storage/uploads.ts';
import { type EventFeed, openEventFeed } from '#lib/store/event-feed.ts';
import type { AboutAudio } from '#lib/transcode/production.ts';
import { createTranscoder, type Transcoder } from '#lib/transcode/transcoder.ts';
import { createAdmission } from '#lib/work/admission.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { Config } from './config.ts';
import { createHealth, type HealthReporter } from './health.ts';
import { createLog, type Log } from './log.ts';
import { openBudgets, totalsOf } from './services/budgets.ts';
import { type CallbackServices, openCallbacks } from './services/callbacks.ts';
import { checkFfmpeg, findFfmpegOnce } from './services/ffmpeg.ts';
import { type FfmpegBuilds, openFfmpegBuilds } from './services/ffmpeg-builds.ts';
import { type Identity, openIdentity } from './services/identity.ts';
import { choresOfJobs } from './services/job-chores.ts';
import { openPreview } from './services/job-preview.ts';
import { findProgramsOnce } from './services/job-programs.ts';
import { openJobRows } from './services/job-rows.ts';
import { type JobWorker, openJobWorker } from './services/job-worker.ts';
import { createJobWorkerWake } from './services/job-worker-wake.ts';
import { type JobServices, openJobs, unlessDown } from './services/jobs.ts';
import { lazily, withParts } from './services/lazily.ts';
import { createMaintenance, type Maintenance } from './services/maintenance.ts';
import { memoryLimit, memoryTotal, usageOf } from './services/memory.ts';
import { openMetrics, type ServiceMetrics } from './services/metrics.ts';
import { newInstance, openPresence, storeCheck } from './services/presence.ts';
import { openProbeAhead } from './services/probe-ahead.ts';
import { createRunnerCheck } from './services/runner-check.ts';
import { openJobResults, openS3, openUploads, sourceOptions, storageEndpoint } from './services/storage.ts';
import { createStorageCheck } from './services/storage-check.ts';
import { openStore, type Store } from './services/store.ts';
import { openTranscodes, type TranscodeServices } from './services/transcodes.ts';
import { type BudgetUsage, createBudgetUsage } from './services/usage.ts';
import { withTimeout } from './with-timeout.ts';

/** Longest wait for a database that is slow or down, after a response. */
const SETTLE_MS = 2_000;
const STORAGE_CHECK = { timeoutMs: 1_000, maxAgeMs: 5_000 };

type WarmPart = 'health' | 'transcoder' | 'transcodes';

/** The parts of one process. Each is created on first use. */
export type Services = {
  readonly config: Config;
  readonly log: Log;
  /** The state that instances share; undefined without a database. */
  readonly store: Store | undefined;
  readonly identity: Identity;
  readonly transcoder: Transcoder;
  readonly transcodes: TranscodeServices['transcodes'];
  /** Events as they happen; undefined without a store. */
  readonly events: EventFeed | undefined;
  readonly uploads: Uploads;
  /** Throws UNAVAILABLE without a database or a bucket. */
  readonly jobs: JobServices;
  readonly jobWorker: JobWorker;
  readonly probeSource: ProbeSource;
  readonly jobPreview: Preview;
  readonly callbacks: CallbackServices;
  readonly budgetUsage: BudgetUsage;
  readonly ffmpegBuilds: FfmpegBuilds['report'];
  /** Lists the fonts for texts in videos. Throws UNAVAILABLE without an ffmpeg. */
  readonly fonts: () => Promise<Fonts>;
  readonly health: HealthReporter;
  readonly metrics: ServiceMetrics;
  readonly apiDocument: ApiDocument;
  readonly apiPage: ApiPage;
  readonly maintenance: Maintenance;
  /** Creates parts now: a function calls it at load time for the parts that its first call needs. */
  warm(...parts: WarmPart[]): void;
  /** Writes the records of ended work, for a process that may be frozen while idle. Never rejects. */
  settle(): Promise<void>;
  /** Refuses new work, lets running work finish within its grace period, and frees everything. */
  shutDown(): Promise<void>;
};

/** The composition root: config, then adapters, then use cases. Importing this module starts nothing. */
export function createServices(config: Config): Services {
  const log = createLog({ level: config.LOG_LEVEL });
  const store = openStore(config);
  const instance = newInstance(config, { store, log });
  const folder = { directory: config.SPOOL_DIR ?? tmpdir(), reserveBytes: config.DISK_RESERVE_BYTES };
  const supervisor = createFfmpegSupervisor({
    limits: {
      memoryBytes: config.FFMPEG_MEMORY_MIB * MEBIBYTE,
      stall: { afterMs: config.FFMPEG_STALL_SECONDS * 1_000, from: 'spawn' },
    },
    stopGraceMs: config.FFMPEG_STOP_GRACE_SECONDS * 1_000,
    onOutcome: ({ kind }) => metrics().ffmpegExited(kind),
  });
  const usage = () => usageOf(supervisor);
  const budgets = openBudgets(config);
  const admission = createAdmission({
    places: budgets.places,
    memoryLimitBytes: memoryLimit(config),
    memoryUsed: () => memoryTotal(usage()),
  });
  const identity = lazily(() => openIdentity(config, store));
  const ffmpeg = lazily(() => findFfmpegOnce(config, log));
  const programs = lazily(() => findProgramsOnce(config, log));
  const builds = lazily(() => openFfmpegBuilds({ audio: ffmpeg(), full: async () => (await programs()()).ffmpeg }));
  const s3 = lazily(() => openS3(config));
  const sources = lazily(() => createSourceOpener(sourceOptions(config, s3())));
  const jobRows = lazily(() => store && openJobRows(store, { log, takes: false }));
  const jobResults = lazily(() => openJobResults(config, s3()));
  const jobUsage = (account: string) => unlessDown(jobRows()?.rows.usage(account));
  const uploads = lazily(() =>
    openUploads(config, s3(), async (caller) => (await jobUsage(accountOf(caller)))?.storedBytes ?? 0),
  );
  const apiDocument = lazily(() => openApiDocument(packageJson.version, config.PUBLIC_URL));
  const apiPage = lazily(() => createApiPage({ title: packageJson.name, publicUrl: config.PUBLIC_URL }));
  const budgetTotals = () => ({
    ...totalsOf(budgets),
    cache_bytes: { used: renditions.made()?.bytes() ?? 0, limit: config.CACHE_MAX_BYTES },
  });
  const metrics = lazily(() => {
    const { MAX_CONCURRENT_STREAMS: concurrencyLimit } = config;
    return openMetrics({
      instance,
      store,
      log,
      concurrencyLimit,
      activeStreams: admission.taken,
      usage,
      budgets: budgetTotals,
    });
  });
  const maintenance = lazily(() =>
    createMaintenance({
      store,
      log,
      retentionDays: config.RECORD_RETENTION_DAYS,
      foldMetrics: () => metrics().fold(),
      // Elsewhere the runners do them: they have loaded the code already.
      jobs:
        config.AWS_LAMBDA_RUNTIME_API === undefined ? undefined : choresOfJobs(config, jobRows()?.rows, jobResults()),
    }),
  );
  const presence = lazily(() =>
    openPresence({
      instance,
      store,
      log,
      sweepers: maintenance().sweepers,
      onBeat: () => metrics().publish(),
      onStop: () => metrics().publishLast(),
    }),
  );
  const records = lazily(() => {
    // Other instances close the records of an instance without presence.
    presence();
    return openTranscodes({ instance, store, log, budgets });
  });
  const feed = lazily(() => store && openEventFeed({ ...store, eventStreams: budgets.eventStreams }));
  const renditions = lazily(() => createRenditions<AboutAudio>({ ...folder, maxBytes: config.CACHE_MAX_BYTES }));
  const budgetUsage = lazily(() =>
    createBudgetUsage({
      budgets,
      rateLimits: identity().rateLimits,
      cache: renditions(),
      cacheBytes: config.CACHE_MAX_BYTES,
      uploads: uploads(),
      jobUsage,
      maxJobs: config.MAX_JOBS_PER_CALLER,
    }),
  );
  const callbacks = lazily(() => openCallbacks({ config, store, rateLimits: identity().rateLimits }));
  const wake = createJobWorkerWake(config, log);
  const jobWorker = lazily(() => openJobWorker(config, { store, log, wake }));
  const probeAhead = lazily(() => openProbeAhead({ config, sources, programs: programs(), ...folder }));
  const probeSource = lazily(() => createProbeSource(probeAhead()));
  const jobPreview = lazily(() =>
    openPreview({
      ...{ config, sources, supervisor, programs: programs(), directory: folder.directory },
      rateLimits: identity().rateLimits,
    }),
  );
  const jobs = lazily(() =>
    openJobs({
      ...{ config, events: feed(), uploads: uploads(), sources, callbacks, probeAhead: probeAhead() },
      rateLimits: () => identity().rateLimits,
      store: jobRows()?.rows,
      results: jobResults(),
      wake,
      onCacheHit: (kind) => metrics().jobCacheHit(kind),
    }),
  );
  const transcoder = lazily(() =>
    createTranscoder({
      admission,
      findFfmpeg: ffmpeg(),
      startFfmpeg: supervisor.start,
      openSource: sources().open,
      places: budgets.places,
      usage: identity().rateLimits,
      refuseOverrun: (caller) => refuseOverrun(caller, identity().rateLimits.cpuMs),
      spool: { ...folder, maxBytes: config.MAX_SPOOL_BYTES },
      spoolBytes: budgets.spoolBytes,
      renditions: renditions(),
      openMs: config.SOURCE_OPEN_SECONDS * 1_000,
      firstByteMs: config.FIRST_BYTE_TIMEOUT_SECONDS * 1_000,
      readerTimeoutMs: config.READER_TIMEOUT_SECONDS * 1_000,
      maxDurationSeconds: config.MAX_DURATION_SECONDS,
      maxCpuSeconds: config.MAX_CPU_SECONDS,
      journal: records().journal,
      log,
      counters: metrics(),
    }),
  );
  const health = lazily(() =>
    createHealth({
      version: packageJson.version,
      activeStreams: admission.taken,
      isClosing: admission.isClosed,
      checkFfmpeg: checkFfmpeg.bind(undefined, ffmpeg()),
      checkBuilds: builds().summary,
      checkStore: storeCheck(presence(), () => records.made()?.journal.isFailing() ?? false),
      checkStorage: createStorageCheck({ endpoint: storageEndpoint(config), ...STORAGE_CHECK }),
      checkRunners: createRunnerCheck(config, store),
    }),
  );

  async function writeRecords(): Promise<void> {
    await admission.empty();
    // A connection that broke while the process was frozen fails on its next use.
    for (let attempt = 0; attempt <= config.DATABASE_MAX_CONNECTIONS; attempt += 1) {
      await records.made()?.journal.flush();
      if (!records.made()?.journal.isFailing()) break;
    }
    await metrics.made()?.flush();
  }

  const transcodes = () => records().transcodes;
  return withParts(
    {
      identity,
      transcoder,
      transcodes,
      events: feed,
      uploads,
      jobs,
      jobWorker,
      probeSource,
      jobPreview,
      callbacks,
      budgetUsage,
      ffmpegBuilds: () => builds().report,
      fonts: () => async () => availableFonts((await programs()()).ffmpeg.path),
      health,
      metrics,
      apiDocument,
      apiPage,
      maintenance,
    },
    {
      config,
      log,
      store,
      warm(...parts: WarmPart[]) {
        for (const part of parts) ({ health, transcoder, transcodes })[part]();
      },
      settle: () => withTimeout(SETTLE_MS, writeRecords(), () => undefined),
      async shutDown() {
        admission.close();
        await transcoder.made()?.shutDown(config.SHUTDOWN_GRACE_SECONDS * 1_000);
        await jobWorker.made()?.close();
        callbacks.made()?.close();
        supervisor.close();
        maintenance.made()?.close();
        feed.made()?.close();
        await jobRows.made()?.queue.close();
        await records.made()?.close();
        await sources.made()?.close();
        s3.made()?.close();
        await presence.made()?.stop();
        identity.made()?.close();
        await store?.close();
      },
    },
  );
}
