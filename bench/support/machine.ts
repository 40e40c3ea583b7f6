import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Ffmpegs } from './ffmpegs.ts';

/** The machine and the programs of a measurement. */
export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly kernel: string;
  /** Average number of runnable processes over the minute before. */
  readonly load: number;
  readonly node: string;
  readonly ours: string;
  readonly distribution: string;
  readonly commit: string;
};

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

export function machineOf({ ours, distribution }: Ffmpegs): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGigabytes: Math.round(totalmem() / 1e8) / 10,
    kernel: release(),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    node: process.version,
    ours: describe(ours),
    distribution: describe(distribution),
    commit: commit(),
  };
}

export function machineLines(machine: Machine): string {
  const { cpu, cores, memoryGigabytes, kernel, load, node, ours, distribution, commit } = machine;
  return [
    `machine    ${cpu}, ${cores} cores, ${memoryGigabytes} GB, Linux ${kernel}, load ${load}`,
    `versions   commit ${commit}, Node ${node}`,
    `ours       ${ours}`,
    `old way    ${distribution}`,
  ].join('\n');
}

/** Path below the project, version, and libopus version. */
function describe(path: string): string {
  const [, version = 'of no version'] = /^ffmpeg version (\S+)/.exec(run(path, ['-version'])) ?? [];
  return `${path.replace(`${PROJECT}/`, '').replace(PROJECT, '')} ${version}, ${opusOf(path)}`;
}

/** Returns the version of libopus, which is a text in the program or in the library that it loads. */
function opusOf(path: string): string {
  const [, library] = /libopus\.so\.\d+ => (\S+)/.exec(run('ldd', [path])) ?? [];
  const [name] = /libopus \d[\w.-]*/.exec(readFileSync(realpathSync(library ?? path), 'latin1')) ?? [];
  return name ?? 'an unknown libopus';
}

function commit(): string {
  const [short, changes] = [
    ['rev-parse', '--short', 'HEAD'],
    ['status', '--porcelain', '--untracked-files=no'],
  ].map((args) => run('git', ['-C', PROJECT, ...args]).trim());
  return short === '' || short === undefined ? 'unknown' : `${short}${changes === '' ? '' : ' with changes'}`;
}

/** Returns the output of a program; nothing when it does not exist or fails, as `ldd` does for a static program. */
function run(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
