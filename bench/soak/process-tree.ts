import { readFileSync } from 'node:fs';
import { type ProcessEntry, processes } from '../../test/support/leaks.ts';

/** Returns all running descendants of a process. */
export function descendants(root: number, all: readonly ProcessEntry[] = processes()): ProcessEntry[] {
  const children = all.filter(({ parent }) => parent === root);
  return children.flatMap((child) => [child, ...descendants(child.pid, all)]);
}

export function commandLine(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

/** Records every process that was seen below some roots. */
export type Sightings = {
  look(): void;
  /** Returns those that are still running. */
  alive(): readonly number[];
  has(pid: number): boolean;
};

export function watchProcesses(roots: readonly number[]): Sightings {
  const seen = new Map<number, string>();
  return {
    look() {
      const all = processes();
      for (const { pid } of roots.flatMap((root) => descendants(root, all))) seen.set(pid, startOf(pid));
    },
    alive() {
      const running = new Set(processes().map(({ pid }) => pid));
      return [...seen].filter(([pid, startedAt]) => running.has(pid) && startOf(pid) === startedAt).map(([pid]) => pid);
    },
    has: (pid) => seen.has(pid),
  };
}

/** Returns the start time in the kernel's ticks: the 22nd field, counted after the name. */
function startOf(pid: number): string {
  return read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19] ?? '';
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
