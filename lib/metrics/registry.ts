import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { OutputFormat } from '#lib/profiles/audio.ts';
import { type ProcessCounters, type ResourceUsage, registerProcessMetrics } from './process-metrics.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';

export type MetricsOptions = {
  /** Name of this process. */
  readonly instance: string;
  readonly concurrencyLimit: number;
  readonly activeStreams: () => number;
  readonly usage: () => ResourceUsage;
  /** What all callers hold of each budget, and what one may hold alone. */
  readonly budgets: () => Readonly<Record<string, BudgetTotal>>;
};

export type BudgetTotal = { readonly used: number; readonly limit: number };

/** The service's own metrics. Units are in the names. */
export type Metrics = {
  transcodeEnded(transcode: {
    readonly outputFormat: OutputFormat;
    readonly status: 'completed' | 'failed' | 'cancelled' | 'rejected';
    readonly seconds: number;
    readonly bytes: number;
  }): void;
  firstByte(outputFormat: OutputFormat, ms: number): void;
  /** A request for a job needed none of its own. */
  jobCacheHit(kind: 'joined' | 'reused'): void;
  /** Returns all metrics of this process. */
  snapshot(): Promise<Snapshot>;
} & ProcessCounters;

const LATENCY_BUCKETS_MS = [5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 1_000, 2_000, 5_000, 10_000];
const DURATION_BUCKETS_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 180, 600, 1_800, 3_600, 14_400];

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const common = registerProcessMetrics(registry, { ...options, parts: { process: 'host', ffmpeg: 'ffmpeg' } });

  const requests = new Counter({
    name: 'transcode_requests_total',
    help: 'Ended transcodes, by status.',
    labelNames: ['output_format', 'status'],
    registers,
  });
  const ofFormat = { labelNames: ['output_format'] as const, registers };
  const latency = new Histogram({
    ...ofFormat,
    name: 'transcode_latency_ms',
    help: 'Time from the request to the first byte of audio, milliseconds.',
    buckets: LATENCY_BUCKETS_MS,
  });
  const duration = new Histogram({
    ...ofFormat,
    name: 'transcode_duration_seconds',
    help: 'Time from the request to the end of the response, seconds.',
    buckets: DURATION_BUCKETS_SECONDS,
  });
  const bytes = new Counter({
    ...ofFormat,
    name: 'transcode_output_bytes_total',
    help: 'Bytes of audio that ffmpeg wrote.',
  });
  const cacheHits = new Counter({
    name: 'job_cache_hits_total',
    help: 'Requests for jobs that needed none: `joined` to an equal job, or `reused` an earlier result.',
    labelNames: ['kind'],
    registers,
  });
  for (const kind of ['joined', 'reused']) cacheHits.inc({ kind }, 0);
  registerGauges(registers, options);

  return {
    transcodeEnded({ outputFormat: output_format, status, seconds, bytes: count }) {
      requests.inc({ output_format, status });
      if (status === 'rejected') return;
      duration.observe({ output_format }, seconds);
      bytes.inc({ output_format }, count);
    },
    firstByte: (output_format, ms) => latency.observe({ output_format }, ms),
    jobCacheHit: (kind) => cacheHits.inc({ kind }),
    ...common,
    snapshot: async () => snapshotOf(await registry.getMetricsAsJSON()),
  };
}

const BUDGET_GAUGES = [
  ['budget_used', 'used', 'What all callers hold of a budget.'],
  ['budget_limit', 'limit', 'What one caller may hold of a budget while others hold nothing.'],
] as const;

/** Registers the metrics that are read when a snapshot is taken. */
function registerGauges(registers: Registry[], { concurrencyLimit, activeStreams, budgets }: MetricsOptions): void {
  new Gauge({
    name: 'active_streams',
    help: 'Running transcodes.',
    registers,
    collect() {
      this.set(activeStreams());
    },
  });
  new Gauge({ name: 'concurrency_limit', help: 'Most transcodes that one caller may run alone.', registers }).set(
    concurrencyLimit,
  );
  for (const [name, field, help] of BUDGET_GAUGES) {
    new Gauge({
      name,
      help,
      labelNames: ['budget'],
      registers,
      collect() {
        for (const [budget, total] of Object.entries(budgets())) this.set({ budget }, total[field]);
      },
    });
  }
}
