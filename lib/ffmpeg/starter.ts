import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { builtPath, type Candidate, platformPath } from './candidates.ts';
import { type ConfinementLevel, confine, findOnPath, isExecutable, type Starter } from './confinement.ts';
import { smokeTest } from './discovery/smoke-test.ts';

/** `auto`: what this machine offers; `namespaces`: also new namespaces; `limits`: limits only. */
export type ConfinementMode = 'auto' | 'namespaces' | 'limits';

export type FoundStarter = { readonly starter: Starter; readonly confinement: ConfinementLevel };

export type StarterOptions = {
  readonly mode: ConfinementMode;
  /** The `PATH` variable. */
  readonly path: string;
};

/** Enough for three small samples. */
const TRIAL_MEMORY_BYTES = 1 << 30;

/**
 * Returns the way to start an ffmpeg that leaves it the fewest rights with which it still decodes the samples; or, as a
 * text, why it decodes them in no way.
 */
export async function findStarter(candidate: Candidate, options: StarterOptions): Promise<FoundStarter | string> {
  let failure = '';
  for (const found of await startersFor(candidate, options)) {
    const { starter } = found;
    const confinement = { ownerPid: process.pid, memoryBytes: TRIAL_MEMORY_BYTES, starter };
    const failed = await smokeTest((args) => confine({ file: candidate.path, args }, confinement));
    if (failed === undefined) return found;
    failure = failed;
    // One that hangs would hang in any way.
    if (failed.includes('timed out')) break;
  }
  return options.mode === 'namespaces' ? `${failure} (with CONFINEMENT=namespaces)` : failure;
}

/** Returns the ways to start an ffmpeg, the most confined first. */
async function startersFor(candidate: Candidate, { mode, path }: StarterOptions): Promise<FoundStarter[]> {
  const shell: FoundStarter = {
    starter: { kind: 'shell', setpriv: findOnPath('setpriv', path) },
    confinement: process.platform === 'linux' ? 'limits' : 'none',
  };
  const launcher = LAUNCHERS.find(isExecutable);
  const offered = launcher === undefined ? undefined : await reportOf(launcher);
  if (launcher === undefined || offered === undefined) return mode === 'namespaces' ? [] : [shell];

  const calls = isStaticBuild(candidate) ? 'audio' : 'full';
  const launch = { kind: 'launcher', path: launcher, readable: undefined, namespaces: mode === 'namespaces' } as const;
  const full = { starter: { ...launch, calls, readable: readableFor(candidate) }, confinement: 'full' } as const;
  const seccomp = { starter: { ...launch, calls }, confinement: 'seccomp' } as const;
  const limits = { starter: { ...launch, calls: 'all' }, confinement: 'limits' } as const;
  if (mode === 'limits') return [limits, shell];
  const confined = [...(offered.landlock && offered.seccomp ? [full] : []), ...(offered.seccomp ? [seccomp] : [])];
  return mode === 'namespaces' ? confined : [...confined, limits, shell];
}

const LAUNCHERS = [platformPath('ffmpeg-launcher'), builtPath('launcher', 'ffmpeg-launcher')];

const run = promisify(execFile);

/** Returns what the kernel offers, as the launcher reports it; undefined when the launcher does not run here. */
async function reportOf(launcher: string): Promise<{ landlock: boolean; seccomp: boolean } | undefined> {
  try {
    const { stdout } = await run(launcher, ['--report'], { timeout: 2_000 });
    return { landlock: /^landlock [1-9]/m.test(stdout), seccomp: /^seccomp 1/m.test(stdout) };
  } catch {
    return undefined;
  }
}

function isStaticBuild({ origin, path }: Candidate): boolean {
  return origin === 'layer' && basename(path).startsWith('ffmpeg-audio');
}

/** The libraries and fonts of the system. */
const SYSTEM_FOLDERS = [
  ...['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/usr/local/lib', '/etc/ld.so.cache'],
  ...['/usr/share', '/usr/local/share/fonts', '/etc/fonts', '/var/cache/fontconfig'],
];

/** Returns the folders that a program reads besides its own file: libraries and fonts. */
export function readableFor(candidate: Candidate): readonly string[] {
  if (isStaticBuild(candidate)) return [];
  // The full layer has its own libraries and fonts.
  return candidate.origin === 'layer' ? [dirname(dirname(candidate.path))] : SYSTEM_FOLDERS;
}
