import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, FaultKind } from './fault-plan.ts';
import { descendants } from './process-tree.ts';
import { ffmpegsOf, type RunningSystem } from './running-system.ts';
import type { SmallDisk } from './small-disk.ts';
import type { TrackServer } from './track-server.ts';

export type Victims = {
  readonly system: RunningSystem;
  /** Whose local ffmpegs are victims too. */
  readonly clientPid: number;
  readonly disk: SmallDisk | undefined;
  readonly source: TrackServer;
};

type Injection = (victims: Victims, fault: Fault) => Promise<boolean> | boolean;

const INJECTIONS: Readonly<Record<FaultKind, Injection>> = {
  kill_host: ({ system }) => kill(system.host()),
  kill_ffmpeg: (victims, fault) => kill(someFfmpeg(victims, fault)),
  kill_postgres: ({ system }) => kill(system.postgres()),
  freeze_host: ({ system }, { lastsMs }) => freeze(system.host(), lastsMs),
  freeze_ffmpeg: (victims, fault) => freeze(someFfmpeg(victims, fault), fault.lastsMs),
  freeze_postgres: ({ system }, { lastsMs }) => freezeAll(system.postgres(), lastsMs),
  full_disk: ({ disk }, { lastsMs }) => fill(disk, lastsMs),
  source_stall: strikeSource,
  source_reset: strikeSource,
  source_500: strikeSource,
  source_truncate: strikeSource,
};

/** Does what the fault says, and puts right again what lasts. Resolves with whether there was something to strike. */
export async function inject(victims: Victims, fault: Fault): Promise<boolean> {
  return await INJECTIONS[fault.kind](victims, fault);
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

async function freeze(pid: number | undefined, ms: number): Promise<boolean> {
  if (pid === undefined || !signal(pid, 'SIGSTOP')) return false;
  await delay(ms);
  signal(pid, 'SIGCONT');
  return true;
}

/** A process and all it has started; itself first, or what it starts meanwhile would be missed. */
async function freezeAll(pid: number | undefined, ms: number): Promise<boolean> {
  if (pid === undefined || !signal(pid, 'SIGSTOP')) return false;
  const others = descendants(pid).map((entry) => entry.pid);
  for (const other of others) signal(other, 'SIGSTOP');
  await delay(ms);
  for (const frozen of [...others, pid]) signal(frozen, 'SIGCONT');
  return true;
}

async function fill(disk: SmallDisk | undefined, ms: number): Promise<boolean> {
  if (disk === undefined) return false;
  disk.fill();
  await delay(ms);
  disk.free();
  return true;
}

/** Whether there was such a process. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
