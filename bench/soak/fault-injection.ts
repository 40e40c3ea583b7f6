import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, FaultKind } from './fault-plan.ts';
import { descendants } from './process-tree.ts';
import { ffmpegsOf, type RunningSystem } from './running-system.ts';
import type { SmallDisk } from './small-disk.ts';
import type { TrackServer } from './track-server.ts';

export type Victims = {
  readonly system: RunningSystem;
  /** The process whose local ffmpegs are also victims. */
  readonly clientPid: number;
  readonly disk: SmallDisk | undefined;
  readonly source: TrackServer;
};

type Injection = (victims: Victims, fault: Fault, calm: AbortSignal) => Promise<boolean> | boolean;

const INJECTIONS: Readonly<Record<FaultKind, Injection>> = {
  kill_host: ({ system }) => kill(system.host()),
  kill_ffmpeg: (victims, fault) => kill(someFfmpeg(victims, fault)),
  kill_postgres: ({ system }) => kill(system.postgres()),
  freeze_host: ({ system }, { lastsMs }, calm) => freeze([system.host()], { lastsMs, calm }),
  freeze_ffmpeg: (victims, fault, calm) => freeze([someFfmpeg(victims, fault)], { lastsMs: fault.lastsMs, calm }),
  freeze_postgres: ({ system }, { lastsMs }, calm) => freeze(withDescendants(system.postgres()), { lastsMs, calm }),
  full_disk: ({ disk }, { lastsMs }, calm) => fill(disk, { lastsMs, calm }),
  source_stall: strikeSource,
  source_reset: strikeSource,
  source_500: strikeSource,
  source_truncate: strikeSource,
};

/**
 * Injects the fault and ends a lasting one: after its time, or when the signal is aborted, whose reason is thrown.
 * Resolves with whether there was a target.
 */
export async function inject(
  victims: Victims,
  fault: Fault,
  { signal: calm }: { readonly signal: AbortSignal },
): Promise<boolean> {
  return await INJECTIONS[fault.kind](victims, fault, calm);
}

function strikeSource({ source }: Victims, { kind, place }: Fault): boolean {
  source.arm({ kind: kind as `source_${'stall' | 'reset' | '500' | 'truncate'}`, share: place });
  return true;
}

function someFfmpeg({ system, clientPid }: Victims, { place }: Fault): number | undefined {
  const found = [...system.ffmpegs(), ...ffmpegsOf(clientPid)];
  return found[Math.floor(place * found.length)];
}

function kill(pid: number | undefined): boolean {
  return pid !== undefined && signal(pid, 'SIGKILL');
}

type Lasting = { readonly lastsMs: number; readonly calm: AbortSignal };

/** Freezes the processes in order, then resumes them. Reads the list lazily, so that it includes new children. */
async function freeze(pids: Iterable<number | undefined>, { lastsMs, calm }: Lasting): Promise<boolean> {
  const frozen: number[] = [];
  try {
    for (const pid of pids) if (pid !== undefined && signal(pid, 'SIGSTOP')) frozen.push(pid);
    if (frozen.length > 0) await delay(lastsMs, undefined, { signal: calm });
    return frozen.length > 0;
  } finally {
    for (const pid of frozen.reverse()) signal(pid, 'SIGCONT');
  }
}

/** Freezes the process before its children, so that no new child is missed. */
function* withDescendants(pid: number | undefined): Generator<number> {
  if (pid === undefined) return;
  yield pid;
  for (const descendant of descendants(pid)) yield descendant.pid;
}

async function fill(disk: SmallDisk | undefined, { lastsMs, calm }: Lasting): Promise<boolean> {
  if (disk === undefined) return false;
  try {
    disk.fill();
    await delay(lastsMs, undefined, { signal: calm });
    return true;
  } finally {
    disk.free();
  }
}

/** Returns whether the process exists. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
