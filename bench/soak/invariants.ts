import type { ChannelReport, Skip } from './channel-report.ts';
import type { AfterStop, AtRest } from './leftovers.ts';

/** All facts about a finished run. */
export type RunFacts = {
  readonly channels: readonly ChannelReport[];
  /** Expected number of channels. */
  readonly expectedChannels: number;
  /** Seconds from the start of the first channel to the end. */
  readonly seconds: number;
  /** Number of deliberate faults in responses for an item. */
  readonly struck: (path: string) => number;
  readonly atRest: AtRest;
  /** Descriptors of host and orchestrator before the first stream. */
  readonly before: Pick<AtRest, 'hostDescriptors' | 'clientDescriptors'>;
  readonly afterStop: AfterStop;
};

export const ON_TIME_SHARE = 0.999;
/** Longest time of a channel to begin, and to begin again after it was cut, s. */
const BEGINNING_SECONDS = 15;
/** A valid track may be skipped when its source failed for both the service and the local ffmpeg. */
const STRUCK_IN_VAIN = 2;
/** The host's pool and its listening connection (`DATABASE_MAX_CONNECTIONS` plus one). */
const MOST_CONNECTIONS = 6;
/** Allowance for connections that stay open for a while, such as to the database. */
const MORE_DESCRIPTORS = 12;

/** Returns all violated invariants of a run; empty when it was clean. */
export function violationsOf(facts: RunFacts): string[] {
  return [
    ...onTime(facts),
    ...facts.channels.flatMap(({ channel, deviations }) => deviations.map((words) => `channel ${channel}: ${words}`)),
    ...facts.channels.flatMap(({ channel, skipped }) =>
      skipped
        .filter((skip) => isUnfair(skip, facts))
        .map(({ path, code }) => `channel ${channel}: ${path} was skipped (${code})`),
    ),
    ...atRestViolations(facts),
    ...afterStopViolations(facts.afterStop),
  ];
}

function isUnfair({ isGood, path }: Skip, { struck }: RunFacts): boolean {
  return isGood && struck(path) < STRUCK_IN_VAIN;
}

function onTime({ channels, expectedChannels, seconds }: RunFacts): string[] {
  const { due, late } = punctuality(channels);
  const missing = channels.filter(({ dueSeconds }) => dueSeconds < seconds - BEGINNING_SECONDS);
  return [
    ...(channels.length < expectedChannels ? [`${expectedChannels - channels.length} channels never began`] : []),
    ...missing.map(
      ({ channel, dueSeconds }) => `channel ${channel}: played for only ${dueSeconds} of ${seconds.toFixed(0)} s`,
    ),
    ...(1 - late / due >= ON_TIME_SHARE ? [] : [`${late} of ${due} seconds were late`]),
  ];
}

/** Checks the share of late seconds over all channels. */
export function punctuality(channels: readonly ChannelReport[]): { readonly due: number; readonly late: number } {
  return {
    due: channels.reduce((sum, { dueSeconds }) => sum + dueSeconds, 0),
    late: channels.reduce((sum, { lateSeconds }) => sum + lateSeconds, 0),
  };
}

function atRestViolations({ atRest, before }: RunFacts): string[] {
  const { hostDescriptors, clientDescriptors } = atRest;
  const grown = (now: number, then: number): boolean => now > then + MORE_DESCRIPTORS;
  return [
    ...(atRest.openRows > 0 ? [`${atRest.openRows} records of transcodes are not closed`] : []),
    ...(atRest.connections > MOST_CONNECTIONS ? [`${atRest.connections} connections to the database are open`] : []),
    ...(atRest.idleInTransaction > 0 ? [`${atRest.idleInTransaction} connections are idle in a transaction`] : []),
    ...atRest.children.map((words) => `a process is still running without a stream: ${words}`),
    ...atRest.strays.map((words) => `a process has outlived its owner: ${words}`),
    ...atRest.deletedFiles.map((file) => `the host has a deleted file open: ${file}`),
    ...atRest.spoolFiles.map((file) => `a temporary file is left: ${file}`),
    ...(atRest.sourceConnections > 0 ? [`${atRest.sourceConnections} connections to sources are open`] : []),
    ...(grown(hostDescriptors, before.hostDescriptors)
      ? [`the host has ${hostDescriptors} descriptors open, ${before.hostDescriptors} before`]
      : []),
    ...(grown(clientDescriptors, before.clientDescriptors)
      ? [`the orchestrator has ${clientDescriptors} descriptors open, ${before.clientDescriptors} before`]
      : []),
  ];
}

function afterStopViolations({ exitCode, processes, ports, files, openRows, sharedMemory }: AfterStop): string[] {
  return [
    ...(exitCode === 0 ? [] : [`the system exited with ${exitCode}`]),
    ...processes.map((words) => `a process has outlived the system: ${words}`),
    ...ports.map((port) => `port ${port} is still open`),
    ...files.map((file) => `a file is left: ${file}`),
    ...(openRows > 0 ? [`${openRows} records are not closed after the end`] : []),
    ...(sharedMemory > 0 ? [`${sharedMemory} segments of shared memory are left`] : []),
  ];
}

/** Whether there is nothing left to wait for. */
export function isAtRest(found: AtRest, before: RunFacts['before']): boolean {
  return atRestViolations({ atRest: found, before } as RunFacts).length === 0;
}
