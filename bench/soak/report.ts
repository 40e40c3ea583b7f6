import type { ChannelReport } from './channel-report.ts';
import type { FaultKind } from './fault-plan.ts';
import { punctuality, type RunFacts } from './invariants.ts';
import type { MemoryLog, MemorySlopes } from './memory-log.ts';

export type LineFacts = {
  readonly seconds: number;
  readonly channels: readonly ChannelReport[];
  readonly faults: number;
  readonly memory: ReturnType<MemoryLog['last']>;
};

/** Returns the current state as one line. */
export function line({ seconds, channels, faults, memory }: LineFacts): string {
  const deviations = channels.reduce((sum, channel) => sum + channel.deviations.length, 0);
  return [
    clock(seconds).padStart(6),
    `faults ${String(faults).padStart(3)}`,
    `channels ${channels.filter(({ dueSeconds }) => dueSeconds > 0).length}`,
    `on time ${share(channels)}`,
    `deviations ${deviations}`,
    `host ${megabytes(memory.host)}`,
    `client ${megabytes(memory.client)}`,
  ].join('   ');
}

export type SummaryFacts = {
  readonly seed: string;
  readonly facts: RunFacts;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly memory: MemorySlopes;
  readonly restMs: number;
  readonly violations: readonly string[];
};

export function summary({ seed, facts, faults, memory, restMs, violations }: SummaryFacts): string {
  const { channels } = facts;
  const legs = (via: 'service' | 'fallback') => channels.reduce((sum, channel) => sum + channel.legs[via], 0);
  const { due, late } = punctuality(channels);
  return [
    '',
    'channel   kind        seconds   late   longest wait   tracks   skipped   legs: service   fallback   adjustments',
    ...channels.map(row),
    '',
    `on time           ${share(channels)} of ${due} s (${late} late)`,
    `longest wait      ${Math.max(...channels.map(({ longestWaitMs }) => longestWaitMs)).toFixed(0)} ms`,
    `legs              ${legs('service')} of the service, ${legs('fallback')} of the local ffmpeg`,
    `faults            ${[...faults].map(([kind, count]) => `${kind} ${count}`).join(', ') || 'none'}`,
    `memory, host      ${slope(memory.host)}`,
    `memory, client    ${slope(memory.client)}`,
    `all at rest       ${(restMs / 1_000).toFixed(1)} s after the last channel ended`,
    '',
    ...(violations.length === 0
      ? [`clean (seed ${seed})`]
      : [`${violations.length} VIOLATIONS (seed ${seed})`, ...violations.map((words) => `  ${words}`)]),
  ].join('\n');
}

function row({
  channel,
  kind,
  dueSeconds,
  lateSeconds,
  longestWaitMs,
  tracks,
  skipped,
  legs,
  adjustments,
}: ChannelReport): string {
  return [
    String(channel).padStart(7),
    `   ${kind.padEnd(9)}`,
    String(dueSeconds).padStart(9),
    String(lateSeconds).padStart(6),
    `${longestWaitMs.toFixed(0)} ms`.padStart(14),
    String(tracks).padStart(8),
    String(skipped.length).padStart(9),
    String(legs.service).padStart(15),
    String(legs.fallback).padStart(10),
    String(adjustments).padStart(13),
  ].join(' ');
}

function slope({ slope, error, processes, measurements }: MemorySlopes['host']): string {
  const of = `(${measurements} measurements of ${processes} ${processes === 1 ? 'process' : 'processes'})`;
  return Number.isNaN(slope) ? `too few measurements ${of}` : `${slope.toFixed(0)} ± ${error.toFixed(0)} MB/h ${of}`;
}

function share(channels: readonly ChannelReport[]): string {
  const { due, late } = punctuality(channels);
  return due === 0 ? '–' : `${((1 - late / due) * 100).toFixed(2)} %`;
}

function megabytes(bytes: number): string {
  return Number.isNaN(bytes) ? '–' : `${(bytes / 1e6).toFixed(0)} MB`;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}
