import { AppError } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import { coalesced } from '#lib/metrics/coalesced.ts';
import { createExposition } from '#lib/metrics/exposition.ts';
import { jobGauges } from '#lib/metrics/job-gauges.ts';
import { createJobMetrics, type JobMetrics } from '#lib/metrics/job-metrics.ts';
import { createPublisher } from '#lib/metrics/publisher.ts';
import { createMetrics, type Metrics, type MetricsOptions } from '#lib/metrics/registry.ts';
import { type Instance, STALE_SECONDS } from '#lib/store/instances.ts';
import { jobSizes } from '#lib/store/jobs/usage.ts';
import { foldSnapshots, snapshotStoreOf, snapshotsOfOthers } from '#lib/store/metric-snapshots.ts';
import type { Store } from './store.ts';

/** The metrics of this process, and of all instances together. */
export type ServiceMetrics = Omit<Metrics, 'snapshot'> & {
  /** Returns the metrics in the Prometheus text exposition format, version 0.0.4. */
  exposition(): Promise<string>;
  /** Writes the metrics for the other instances. Throws UNAVAILABLE. */
  publish(): Promise<void>;
  publishLast(): Promise<void>;
  /** Publishes if transcodes have ended since the last call. Never rejects. */
  flush(): Promise<void>;
  /** Adds the counts of ended instances to the totals, and returns the number of instances. */
  fold(): Promise<number>;
};

export type MetricsParts = Omit<MetricsOptions, 'instance'> & {
  readonly instance: Instance;
  readonly store: Store | undefined;
  readonly log: Log;
};

/** The metrics of a runner. Other processes show them. */
export type RunnerMetrics = Omit<JobMetrics, 'snapshot'> & Pick<ServiceMetrics, 'publish' | 'publishLast'>;

/** Time for which a silent instance may return and continue its counts. */
const FORGOTTEN_SECONDS = 3_600;
/** Longest wait for the metrics of the other instances. */
const OTHERS_TIMEOUT_MS = 1_000;

export function openMetrics({ instance, store, log, ...options }: MetricsParts): ServiceMetrics {
  const { snapshot, ...counters } = createMetrics({ instance: instance.name, ...options });
  let isFailing = false;
  const onError = (error: unknown) => {
    // While the database is down, every attempt fails: only the first one is logged as a warning.
    const level = error instanceof AppError ? (isFailing ? 'debug' : 'warn') : 'error';
    log[level]({ err: error }, 'metrics');
    isFailing = true;
  };
  const alone = { all: undefined, timeoutMs: OTHERS_TIMEOUT_MS, onError };
  if (store === undefined) {
    const nothing = async () => undefined;
    const exposition = createExposition({ own: snapshot, ...alone });
    return { ...counters, exposition, publish: nothing, publishLast: nothing, flush: nothing, fold: async () => 0 };
  }
  const { database } = store;
  let isTold = true;
  const publisher = createPublisher({ store: snapshotStoreOf(database, instance), collect: snapshot });
  const publish = async () => {
    const published = await publisher.publish();
    isFailing = false;
    return published;
  };
  const others = () => database.run((db) => snapshotsOfOthers(db, { id: instance.id, staleSeconds: STALE_SECONDS }));
  // The route is public: the database gets one query at a time, however often it is called.
  const jobs = async () => jobGauges(await database.run(jobSizes));
  const all = coalesced(async () => [await publish(), ...(await others()), await jobs()]);
  return {
    ...counters,
    transcodeEnded(transcode) {
      counters.transcodeEnded(transcode);
      isTold = false;
      publisher.publishSoon(onError);
    },
    exposition: createExposition({
      ...alone,
      own: publisher.current,
      // Only written counts are exposed, so that no instance can expose lower ones later.
      all,
    }),
    publish: async () => void (await publish()),
    publishLast: publisher.publishLast,
    async flush() {
      if (isTold) return;
      isTold = true;
      await publish().catch(onError);
    },
    fold: () => database.run((db) => foldSnapshots(db, FORGOTTEN_SECONDS)),
  };
}

export type RunnerMetricsParts = Pick<MetricsParts, 'usage'> & { readonly instance: Instance; readonly store: Store };

/** Opens the metrics of a process that runs jobs. */
export function openRunnerMetrics({ instance, store, usage }: RunnerMetricsParts): RunnerMetrics {
  const { snapshot, ...counters } = createJobMetrics({ instance: instance.name, usage });
  const publisher = createPublisher({ store: snapshotStoreOf(store.database, instance), collect: snapshot });
  return {
    ...counters,
    publish: async () => void (await publisher.publish()),
    publishLast: publisher.publishLast,
  };
}
