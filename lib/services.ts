import { tmpdir } from 'node:os';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { createFfmpegSupervisor, type FfmpegSupervisor } from '#lib/ffmpeg/supervisor.ts';
import { type ApiDocument, openApiDocument } from '#lib/http/openapi.ts';
import type { StackOptions } from '#lib/http/stack.ts';
import { createRenditions } from '#lib/renditions/renditions.ts';
import { createSourceOpener } from '#lib/sources/open-source.ts';
import type { Uploads } from '#lib/storage/uploads.ts';
import { createTranscodeObserver } from '#lib/transcode/observer.ts';
import { createTranscoder, type Transcoder } from '#lib/transcode/transcoder.ts';
import packageJson from '../package.json' with { type: 'json' };
import { type Config, loadConfig } from './config.ts';
import { createHealth, type HealthReporter } from './health.ts';
import { createLog, type Log } from './log.ts';
import { checkFfmpeg, findFfmpegOnce } from './services/ffmpeg.ts';
import { type Identity, openIdentity, refuseExposure } from './services/identity.ts';
import { createMaintenance, type Maintenance } from './services/maintenance.ts';
import { memoryLimit, memoryTotal, usageOf } from './services/memory.ts';
import { openMetrics, type ServiceMetrics } from './services/metrics.ts';
import { newInstance, openPresence, storeCheck } from './services/presence.ts';
import { sourceOptions, storageEndpoint } from './services/sources.ts';
import { createStorageCheck } from './services/storage-check.ts';
import { openStore, type Store } from './services/store.ts';
import { openTranscodes, type TranscodeServices } from './services/transcodes.ts';
import { openUploads } from './services/uploads.ts';
import { within } from './within.ts';
import { createAdmission } from './work/admission.ts';

const MEBIBYTE = 1 << 20;
/** Longest wait for a database that is slow or away, behind an answer. */
const SETTLE_MS = 2_000;
const STORAGE_CHECK = { timeoutMs: 1_000, maxAgeMs: 5_000 };

export type Services = {
  readonly config: Config;
  readonly log: Log;
  /** What instances share; undefined without a database. */
  readonly store: Store | undefined;
  readonly identity: Identity;
  readonly transcoder: Transcoder;
  /** What callers ask of their transcodes. */
  readonly transcodes: TranscodeServices['transcodes'];
  /** What happens, as it happens; undefined without a store. */
  readonly events: TranscodeServices['events'];
  readonly uploads: Uploads;
  readonly health: HealthReporter;
  readonly metrics: ServiceMetrics;
  readonly apiDocument: ApiDocument;
  readonly maintenance: Maintenance;
  /** Writes down what has ended, for a process that may be frozen when nothing runs. Never rejects. */
  settle(): Promise<void>;
  /** Lets no new work in, gives what runs its grace, and frees everything. */
  shutDown(): Promise<void>;
};

/** The composition root: config, then adapters, then use cases. */
export function createServices(config: Config): Services {
  const log = createLog({ level: config.LOG_LEVEL });
  const instance = newInstance();
  const store = openStore(config);
  const identity = openIdentity(config, store);
  const ffmpeg = findFfmpegOnce(config, log);
  const supervisor: FfmpegSupervisor = createFfmpegSupervisor({
    limits: {
      memoryBytes: config.FFMPEG_MEMORY_MIB * MEBIBYTE,
      stall: { afterMs: config.FFMPEG_STALL_SECONDS * 1_000, from: 'spawn' },
    },
    stopGraceMs: config.FFMPEG_STOP_GRACE_SECONDS * 1_000,
    setpriv: findOnPath('setpriv', config.PATH),
    onOutcome: ({ kind }) => metrics.ffmpegExited(kind),
  });
  const usage = () => usageOf(supervisor);
  const admission = createAdmission({
    maxConcurrent: config.MAX_CONCURRENT_STREAMS,
    memoryLimitBytes: memoryLimit(config),
    memoryUsed: () => memoryTotal(usage()),
  });
  const metrics = openMetrics({
    instance,
    store,
    log,
    concurrencyLimit: config.MAX_CONCURRENT_STREAMS,
    activeStreams: admission.taken,
    usage,
  });
  const { records, transcodes, events, ...bookkeeping } = openTranscodes({ instance, store, log });
  const sources = createSourceOpener(sourceOptions(config));
  const uploads = openUploads(config, sourceOptions(config).s3);
  const directory = config.SPOOL_DIR ?? tmpdir();
  const transcoder = createTranscoder({
    admission,
    findFfmpeg: ffmpeg,
    startFfmpeg: supervisor.start,
    openSource: sources.open,
    spool: { directory, maxBytes: config.MAX_SPOOL_BYTES },
    renditions: createRenditions({ directory, maxBytes: config.CACHE_MAX_BYTES }),
    firstByteMs: config.FIRST_BYTE_TIMEOUT_SECONDS * 1_000,
    readerTimeoutMs: config.READER_TIMEOUT_SECONDS * 1_000,
    maxDurationSeconds: config.MAX_DURATION_SECONDS,
    records,
    observer: createTranscodeObserver({ metrics, log }),
  });
  const maintenance = createMaintenance({
    store,
    log,
    retentionDays: config.RECORD_RETENTION_DAYS,
    foldMetrics: metrics.fold,
  });
  const presence = openPresence({
    instance,
    store,
    log,
    sweepers: maintenance.sweepers,
    onBeat: metrics.publish,
    onStop: metrics.publishLast,
  });
  const health = createHealth({
    version: packageJson.version,
    activeStreams: admission.taken,
    isClosing: admission.isClosed,
    checkFfmpeg: () => checkFfmpeg(ffmpeg),
    checkStore: storeCheck(presence, bookkeeping.isFailing),
    checkStorage: createStorageCheck({ endpoint: storageEndpoint(config), ...STORAGE_CHECK }),
  });
  return {
    config,
    log,
    store,
    identity,
    transcoder,
    transcodes,
    events,
    uploads,
    health,
    metrics,
    apiDocument: openApiDocument(packageJson.version),
    maintenance,
    async settle() {
      const written = async () => {
        await admission.empty();
        // Each connection that broke while the process was frozen is noticed by who uses it next.
        for (let attempt = 0; attempt <= config.DATABASE_MAX_CONNECTIONS; attempt += 1) {
          await bookkeeping.flush();
          if (!bookkeeping.isFailing()) break;
        }
        await metrics.flush();
      };
      await within(SETTLE_MS, written(), () => undefined);
    },
    async shutDown() {
      await transcoder.shutDown(config.SHUTDOWN_GRACE_SECONDS * 1_000);
      maintenance.close();
      await bookkeeping.close();
      await sources.close();
      uploads.close();
      await presence?.stop();
      identity.close();
      await store?.close();
    },
  };
}

/** The services of this process, made when the first function is loaded. */
export const services: Services = await startServices(loadConfig());

const isOnPlatform = services.config.AWS_LAMBDA_RUNTIME_API !== undefined;

async function startServices(config: Config): Promise<Services> {
  // The local host asks before it listens; on the platform everybody can call as soon as this is loaded.
  if (config.AWS_LAMBDA_RUNTIME_API !== undefined) await refuseExposure(config);
  return createServices(config);
}

/** What every function's stack is made with. */
export const httpOptions: StackOptions = {
  log: services.log,
  maxBodyBytes: services.config.MAX_BODY_BYTES,
  corsOrigins: services.config.CORS_ORIGINS,
  trustedProxies: services.config.TRUSTED_PROXIES,
  authenticator: services.identity.authenticator,
  rateLimits: services.identity.rateLimits,
  settle: isOnPlatform ? services.settle : undefined,
};

// How the platform, and the local host, tell a function's process that it is to end.
process.once('SIGTERM', () => void services.shutDown());
