import { execFileSync, spawnSync } from 'node:child_process';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';

/** A program that a build needs, and the Debian package that has it. */
export type Tools = Readonly<Record<string, string>>;

/** What every build needs. */
export const COMPILER_TOOLS: Tools = {
  gcc: 'build-essential',
  'g++': 'build-essential',
  make: 'build-essential',
  ar: 'binutils',
  nasm: 'nasm',
  'pkg-config': 'pkg-config',
  patch: 'patch',
  xz: 'xz-utils',
};

export type Installer = {
  /** Whether the program is there. */
  readonly has: (tool: string) => boolean;
  /** Runs `apt-get` with these arguments; undefined where that cannot be done without a question. */
  readonly aptGet: ((...words: string[]) => void) | undefined;
  readonly report: (line: string) => void;
};

/** Installs the tools that are missing where that can be done. Throws an Error that names those that are still missing. */
export function provideTools(tools: Tools, { has, aptGet, report }: Installer): void {
  const packages = packagesOf(tools, has);
  if (packages.length === 0) return;
  if (aptGet !== undefined) {
    report(`installing ${packages.join(' ')} (apt-get install -y --no-install-recommends ${packages.join(' ')})`);
    aptGet('update', '-qq');
    aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages);
  }
  const missing = Object.keys(tools).filter((tool) => !has(tool));
  if (missing.length === 0) return;
  throw new Error(`missing: ${missing.join(', ')}; on Debian: apt-get install ${packagesOf(tools, has).join(' ')}`);
}

function packagesOf(tools: Tools, has: (tool: string) => boolean): string[] {
  return [...new Set(Object.entries(tools).flatMap(([tool, name]) => (has(tool) ? [] : [name])))];
}

/** This machine's own. */
export function machineInstaller(report: (line: string) => void): Installer {
  const path = process.env['PATH'] ?? '';
  return { has: (tool) => canRun(tool), aptGet: aptGetOf(path), report };
}

function canRun(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function aptGetOf(path: string): Installer['aptGet'] {
  const apt = findOnPath('apt-get', path);
  if (apt === undefined) return undefined;
  const sudo = findOnPath('sudo', path);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && (sudo === undefined || spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status !== 0)) return;
  const [command, ...args] = isRoot ? [apt] : [sudo as string, '-n', apt];
  return (...words) => {
    spawnSync(command as string, [...args, ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
}
