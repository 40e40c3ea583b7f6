import { Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { DELIVERY_OUTCOMES, type DeliveryOutcome } from '#lib/callbacks/delivery.ts';
import { OUTCOME_KINDS, type OutcomeKind } from '#lib/ffmpeg/outcome.ts';
import type { MemoryUsage } from '#lib/ffmpeg/usage.ts';

/** Memory and CPU time of a process and its ffmpegs. */
export type ResourceUsage = {
  readonly hostMemoryBytes: number;
  readonly ffmpegMemory: MemoryUsage;
  readonly hostCpuSeconds: number;
  readonly ffmpegCpuSeconds: number;
};

export type ProcessMetricsOptions = {
  /** Name of this process. */
  readonly instance: string;
  readonly usage: () => ResourceUsage;
  /** The label `part` of the process itself, and of its ffmpegs. */
  readonly parts: { readonly process: string; readonly ffmpeg: string };
};

export type ProcessCounters = {
  ffmpegExited(outcome: OutcomeKind): void;
  callbackAttempted(outcome: DeliveryOutcome): void;
};

/** Gauges of prom-client that are named like counters. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** Registers what every process of the service has. */
export function registerProcessMetrics(
  registry: Registry,
  { instance, usage, parts }: ProcessMetricsOptions,
): ProcessCounters {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const exits = new Counter({
    name: 'ffmpeg_exits_total',
    help: 'Ended ffmpeg processes, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of OUTCOME_KINDS) exits.inc({ outcome: shown(outcome) }, 0);
  const callbacks = new Counter({
    name: 'callbacks_total',
    help: 'Attempts to send callbacks, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of DELIVERY_OUTCOMES) callbacks.inc({ outcome }, 0);
  new Gauge({
    name: 'memory_usage_bytes',
    help: 'Memory of a process of the service and of its ffmpeg children. Pages that children share count once.',
    labelNames: ['instance', 'part'],
    registers,
    collect() {
      const { hostMemoryBytes, ffmpegMemory } = usage();
      this.set({ instance, part: parts.process }, hostMemoryBytes);
      this.set({ instance, part: parts.ffmpeg }, ffmpegMemory.privateBytes + ffmpegMemory.sharedBytes);
    },
  });
  // The CPU time of a process is unknown between its exit and the wait for it, so the sum may fall for a moment.
  const counted = new Map<string, number>();
  new Counter({
    name: 'cpu_seconds_total',
    help: 'CPU time of a process of the service and of its ffmpeg children, including ended ones, seconds.',
    labelNames: ['instance', 'part'],
    registers,
    collect() {
      const { hostCpuSeconds: host, ffmpegCpuSeconds: ffmpeg } = usage();
      for (const [part, used] of Object.entries({ [parts.process]: host, [parts.ffmpeg]: ffmpeg })) {
        const before = counted.get(part) ?? 0;
        this.inc({ instance, part }, Math.max(0, used - before));
        counted.set(part, Math.max(before, used));
      }
    },
  });

  return {
    ffmpegExited: (outcome) => exits.inc({ outcome: shown(outcome) }),
    callbackAttempted: (outcome) => callbacks.inc({ outcome }),
  };
}

/** The resource that ended a process is named by itself. */
function shown(outcome: OutcomeKind): string {
  return outcome.replace(/^out_of_/, '');
}
