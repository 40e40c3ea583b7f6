import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { eventually } from './eventually.ts';
import type { Host } from './host.ts';

/** A process and its name. */
export type ProcessEntry = { readonly pid: number; readonly parent: number; readonly name: string };

/** Every running process, without zombies. */
export function processes(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      const [, name = '', state = '', parent = ''] = /\((.*)\) (\S) (\d+)/.exec(readText(`/proc/${pid}/stat`)) ?? [];
      return name === '' || state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), name }];
    });
}

/** The running child processes of a process, without the launcher that waits for its next ffmpeg. */
export function childrenOf(pid: number): ProcessEntry[] {
  const children = processes().filter(({ parent }) => parent === pid);
  const waiting = waitingLauncherOf(pid);
  return children.filter((child) => child.pid !== waiting?.pid);
}

/** Returns whether a process is an ffmpeg, and not a launcher that waits for one. */
export function isEncoder({ name }: ProcessEntry): boolean {
  return name.startsWith('ffmpeg') && name !== 'ffmpeg-launcher';
}

/** A process has at most one: a second one would be left over. */
function waitingLauncherOf(pid: number): ProcessEntry | undefined {
  return processes().find(({ parent, name }) => parent === pid && name === 'ffmpeg-launcher');
}

/** Pipes to a waiting launcher. */
const PIPES_TO_LAUNCHER = 5;

/** Descriptors that a process holds for the launcher that waits. */
export function heldByLauncher(pid: number): number {
  return waitingLauncherOf(pid) === undefined ? 0 : PIPES_TO_LAUNCHER;
}

/** The target of each open descriptor of a process, sorted. */
export function descriptorsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    })
    .toSorted();
}

/** Resident memory of a process, bytes. */
export function residentBytes(pid: number): number {
  return memoryOf(pid, 'VmRSS');
}

/** The most resident memory that a process has had, bytes. */
export function peakResidentBytes(pid: number): number {
  return memoryOf(pid, 'VmHWM');
}

function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readText(`/proc/${pid}/status`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? '') * 1_024;
}

export type LeakCheck = {
  /** Fails unless the host soon has no child, no temporary file and no more descriptors than before. */
  assertNone(): Promise<void>;
};

/** Records the descriptors of an idle host. */
export function watchLeaks({ pid, spoolDirectory }: Pick<Host, 'pid' | 'spoolDirectory'>): LeakCheck {
  const before = descriptorsOf(pid).length - heldByLauncher(pid);
  return {
    assertNone: () =>
      eventually(
        () => {
          assert.deepEqual(childrenOf(pid), [], 'processes are left');
          const now = descriptorsOf(pid);
          const held = now.length - heldByLauncher(pid);
          assert.ok(held <= before, `${held} descriptors are open, ${before} were: ${now.join(' ')}`);
          assert.deepEqual(readdirSync(spoolDirectory), [], 'temporary files are left');
        },
        { withinMs: 15_000 },
      ),
  };
}

/** Waits until none of these processes is running. */
export function gone(pids: readonly number[], withinMs: number): Promise<void> {
  return eventually(
    () => {
      const left = processes().filter(({ pid }) => pids.includes(pid));
      assert.deepEqual(left, [], 'processes are still running');
    },
    { withinMs },
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
