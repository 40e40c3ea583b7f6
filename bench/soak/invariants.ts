import type { ChannelReport, Skip } from './channel-report.ts';
import type { AfterStop, AtRest } from './leftovers.ts';

/** All that is known of a run when it is over. */
export type RunFacts = {
  readonly channels: readonly ChannelReport[];
  /** How many there should be. */
  readonly expectedChannels: number;
  /** From the start of the first channel to the end. */
  readonly seconds: number;
  /** How often requests for an item were answered badly on purpose. */
  readonly struck: (path: string) => number;
  readonly atRest: AtRest;
  /** Of host and orchestrator before anything played. */
  readonly before: Pick<AtRest, 'hostDescriptors' | 'clientDescriptors'>;
  readonly afterStop: AfterStop;
};

export const ON_TIME_SHARE = 0.999;
/** What a channel may take to begin, and to be begun again after it has broken off, s. */
const BEGINNING_SECONDS = 15;
/** A good track may be passed over when service and local ffmpeg have both met a source that fails. */
const STRUCK_IN_VAIN = 2;
/** The host's pool, and what it listens on (`DATABASE_MAX_CONNECTIONS`, and one more). */
const MOST_CONNECTIONS = 6;
/** Connections that are kept open for a while, to the database for example. */
const MORE_DESCRIPTORS = 12;

/** Everything that a run has to keep to, and has not; empty when it was clean. */
export function violationsOf(facts: RunFacts): string[] {
  return [
    ...onTime(facts),
    ...facts.channels.flatMap(({ channel, deviations }) => deviations.map((words) => `channel ${channel}: ${words}`)),
    ...facts.channels.flatMap(({ channel, skipped }) =>
      skipped
        .filter((skip) => isUnfair(skip, facts))
        .map(({ path, code }) => `channel ${channel}: ${path} was passed over (${code})`),
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
      ({ channel, dueSeconds }) => `channel ${channel}: played for ${dueSeconds} of ${seconds.toFixed(0)} s only`,
    ),
    ...(1 - late / due >= ON_TIME_SHARE ? [] : [`${late} of ${due} seconds were late`]),
  ];
}

/** Of all channels together. */
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
    ...atRest.children.map((words) => `a process runs on though nothing plays: ${words}`),
    ...atRest.strays.map((words) => `a process has outlived its owner: ${words}`),
    ...atRest.deletedFiles.map((file) => `the host holds a deleted file open: ${file}`),
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
    ...(exitCode === 0 ? [] : [`the system ended with ${exitCode}`]),
    ...processes.map((words) => `a process has outlived the system: ${words}`),
    ...ports.map((port) => `port ${port} still answers`),
    ...files.map((file) => `a file is left: ${file}`),
    ...(openRows > 0 ? [`${openRows} records are not closed after the end`] : []),
    ...(sharedMemory > 0 ? [`${sharedMemory} segments of shared memory are left`] : []),
  ];
}

/** Whether there is nothing to wait for any more. */
export function isAtRest(found: AtRest, before: RunFacts['before']): boolean {
  return atRestViolations({ atRest: found, before } as RunFacts).length === 0;
}
