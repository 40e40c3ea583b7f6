import { PATHS } from '#lib/api/paths.ts';
import type { Config } from '#lib/config.ts';
import { AppError, isUnavailable, notConfigured } from '#lib/errors.ts';
import type { FollowedEvents } from '#lib/http/event-route.ts';
import { accountOf, type Caller } from '#lib/identity/caller.ts';
import { refuseOverrun } from '#lib/identity/limits/cpu-time.ts';
import type { RateLimits } from '#lib/identity/limits/rate-limits.ts';
import { createDryRun, type DryRun } from '#lib/jobs/dry-run.ts';
import type { JobStore } from '#lib/jobs/job-store.ts';
import { createJobs, type Jobs } from '#lib/jobs/jobs.ts';
import { createFileTokens } from '#lib/jobs/packages/file-tokens.ts';
import { createPackageFiles, type PackageFiles } from '#lib/jobs/packages/package-files.ts';
import { withPackageUrls } from '#lib/jobs/packages/package-url.ts';
import { createPlanAhead } from '#lib/jobs/plan-ahead.ts';
import type { ProbeAhead } from '#lib/jobs/probe-ahead.ts';
import type { LimitsOf } from '#lib/jobs/refusals.ts';
import { asRunner } from '#lib/jobs/run/as-runner.ts';
import { peekSources } from '#lib/jobs/run/peek-sources.ts';
import { shownEvents } from '#lib/jobs/shown-events.ts';
import { createSubmit, type Submit, type SubmitOptions } from '#lib/jobs/submit.ts';
import { createSecrets } from '#lib/secrets/sealed.ts';
import type { SourceOpener } from '#lib/sources/open-source.ts';
import { placeOf } from '#lib/storage/results/destinations.ts';
import type { Results } from '#lib/storage/results/results.ts';
import type { Uploads } from '#lib/storage/uploads.ts';
import type { EventFeed } from '#lib/store/event-feed.ts';
import { createShare } from '#lib/work/shares.ts';
import type { CallbackServices } from './callbacks.ts';
import { destinationBuckets, RESULT_URL_SECONDS } from './storage.ts';

/** The use cases of jobs. */
export type JobServices = Jobs & {
  readonly submit: Submit;
  readonly dryRun: DryRun;
  /** Reads the files of packages. */
  readonly file: PackageFiles;
  /** The events of jobs, as responses contain them. */
  readonly events: FollowedEvents;
};

export type JobServicesParts = {
  readonly config: Config;
  /** Undefined without a database. */
  readonly store: JobStore | undefined;
  readonly events: EventFeed | undefined;
  /** Undefined without a bucket. */
  readonly results: Pick<Results, 'sign' | 'signFor' | 'read'> | undefined;
  readonly uploads: Pick<Uploads, 'bytesOf'>;
  readonly sources: () => Pick<SourceOpener, 'check'>;
  readonly callbacks: () => Pick<CallbackServices, 'check'>;
  readonly rateLimits: () => Pick<RateLimits, 'records' | 'cpuMs'>;
  readonly probeAhead: ProbeAhead;
  /** Starts the function that runs jobs, if there is one. Never rejects. */
  readonly wake: () => Promise<void>;
  /** Called for metrics. */
  readonly onCacheHit: NonNullable<SubmitOptions['onHit']>;
};

/** Sources that are looked at before jobs are accepted. */
const SOURCE_CHECKS = { budget: 'source_checks', limit: 900, reserve: 100, perAccount: 200 };
const RECORDS_RETRY_SECONDS = 3_600;

/** Opens the use cases of jobs. Throws UNAVAILABLE without a database or a bucket. */
export function openJobs(parts: JobServicesParts): JobServices {
  const { config, store, events, results, uploads, sources, callbacks, probeAhead } = parts;
  if (store === undefined || events === undefined)
    throw notConfigured('store', 'jobs need a database: set DATABASE_URL');
  if (results === undefined) throw notConfigured('storage', 'jobs need a bucket: set S3_BUCKET');
  const limitsOf: LimitsOf = async (caller) => {
    const { limits = {} } = caller;
    const storedBytes = limits.stored_bytes ?? config.MAX_STORED_BYTES_PER_CALLER;
    const ofUploads = (await unlessDown(uploads.bytesOf(caller))) ?? 0;
    return {
      waiting: config.JOB_QUEUE_LENGTH,
      waitingOfAccount: limits.jobs ?? config.MAX_JOBS_PER_CALLER,
      // Uploads and results share one limit.
      storedBytesOfAccount: Math.max(0, storedBytes - ofUploads),
    };
  };
  const tokens = createFileTokens({
    secrets: createSecrets(config.SECRETS_KEYS),
    hasKey: config.SECRETS_KEYS.length > 0,
    now: Date.now,
  });
  const sign = withPackageUrls({
    sign: results.sign,
    tokens,
    seconds: RESULT_URL_SECONDS,
    urlOf: ({ id, output, file }) => {
      const path = PATHS.jobs.file.replace('{id}', id).replace('{output}', output).replace('{file}', file);
      return `${config.PUBLIC_URL ?? ''}${path}`;
    },
  });
  const sourceChecks = createShare(SOURCE_CHECKS);
  const checks: Pick<SubmitOptions, 'checkSources' | 'checkCallback' | 'checkDestination'> = {
    async checkSources(spec, caller, signal) {
      const place = sourceChecks.take({ account: accountOf(caller) }, Object.keys(spec.inputs).length);
      return await peekSources(spec, { sources: sources(), caller: asRunner(caller), signal }).finally(place.release);
    },
    checkDestination: (destination) => void placeOf(destination, destinationBuckets(config)),
    checkCallback: (url, caller) => callbacks().check(url, 'callback_url', caller),
  };
  async function countRecord(caller: Caller): Promise<void> {
    await refuseOverrun(caller, parts.rateLimits().cpuMs);
    const { used, limit } = await parts.rateLimits().records.count(accountOf(caller));
    if (used > limit) throw tooManyRecords({ used, limit });
  }

  const use = createJobs({ store, sign, limitsOf });
  const submit = createSubmit({
    ...{ ...checks, countRecord, store, sign, limitsOf },
    resultDays: config.JOB_RESULT_DAYS,
    onHit: parts.onCacheHit,
  });
  return {
    ...use,
    async retry(caller, id) {
      const record = await use.retry(caller, id);
      await parts.wake();
      return record;
    },
    async submit(spec, request) {
      const submitted = await submit(spec, request);
      if (submitted.kind === 'created') await parts.wake();
      return submitted;
    },
    file: createPackageFiles({ store, tokens, read: results.read, sign: results.signFor }),
    dryRun: createDryRun({ ...checks, plan: createPlanAhead(probeAhead) }),
    events: shownEvents(events, sign),
  };
}

/** Returns undefined while the part that counts is down: what it would count does not. */
export function unlessDown<Value>(counted: Promise<Value> | undefined): Promise<Value | undefined> {
  return Promise.resolve(counted).catch((error: unknown) => {
    if (isUnavailable(error)) return undefined;
    throw error;
  });
}

function tooManyRecords({ used, limit }: { readonly used: number; readonly limit: number }): AppError {
  const message = `this caller may make ${limit} records a day`;
  const details = { budget: 'records_per_day', used, limit, retry_after_seconds: RECORDS_RETRY_SECONDS };
  return new AppError('RATE_LIMITED', details, { message });
}
