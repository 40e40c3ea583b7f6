import { Counter, Histogram, Registry } from 'prom-client';
import { type ProcessCounters, type ProcessMetricsOptions, registerProcessMetrics } from './process-metrics.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';

/** The metrics of a process that runs jobs. */
export type JobMetrics = ProcessCounters & {
  /** A job was started after this time in the queue. */
  jobStarted(waitedSeconds: number): void;
  /** The inputs of a job are here. */
  jobFetched(bytes: number): void;
  /** An attempt has ended, and its job starts again. */
  jobRetried(reason: string): void;
  jobEnded(status: string): void;
  /** The last attempt of a job has ended after this time. */
  attemptEnded(ended: { readonly seconds: number; readonly outputBytes: number | undefined }): void;
  /** Returns all metrics of this process. */
  snapshot(): Promise<Snapshot>;
};

const WAIT_BUCKETS_SECONDS = [0.1, 0.2, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];
const DURATION_BUCKETS_SECONDS = [0.5, 1, 2, 5, 15, 60, 180, 600, 1_800, 3_600, 14_400];
const BYTES_BUCKETS = [1e4, 1e5, 1e6, 1e7, 5e7, 1e8, 5e8, 1e9, 4e9];

export function createJobMetrics(options: Omit<ProcessMetricsOptions, 'parts'>): JobMetrics {
  const registry = new Registry();
  const registers = [registry];
  const common = registerProcessMetrics(registry, {
    ...options,
    parts: { process: 'jobs_runner', ffmpeg: 'jobs_ffmpeg' },
  });
  const finished = new Counter({
    name: 'jobs_finished_total',
    help: 'Jobs that a runner has ended, by status.',
    labelNames: ['status'],
    registers,
  });
  for (const status of ['completed', 'failed', 'cancelled']) finished.inc({ status }, 0);
  const retries = new Counter({
    name: 'job_retries_total',
    help: 'Attempts after which a job starts again, by error code, `lost`, `handed_back` or `handed_over`.',
    labelNames: ['reason'],
    registers,
  });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, registers });
  const waits = histogram('job_wait_seconds', 'Time from the request to the start, seconds.', WAIT_BUCKETS_SECONDS);
  const durations = histogram('job_duration_seconds', 'Length of the last attempt, seconds.', DURATION_BUCKETS_SECONDS);
  const inputs = histogram('job_input_bytes', 'Size of all inputs of a job, bytes.', BYTES_BUCKETS);
  const outputs = histogram('job_output_bytes', 'Size of all outputs of a completed job, bytes.', BYTES_BUCKETS);
  return {
    ...common,
    jobStarted: (waitedSeconds) => waits.observe(waitedSeconds),
    jobRetried: (reason) => retries.inc({ reason }),
    jobFetched: (bytes) => inputs.observe(bytes),
    jobEnded: (status) => finished.inc({ status }),
    attemptEnded({ seconds, outputBytes }) {
      durations.observe(seconds);
      if (outputBytes !== undefined) outputs.observe(outputBytes);
    },
    snapshot: async () => snapshotOf(await registry.getMetricsAsJSON()),
  };
}
