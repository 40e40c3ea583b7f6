import { execFileSync } from 'node:child_process';
import { aptInstall, type InstallPackages } from './apt-get.ts';

/** Programs that a build needs, and the Debian package of each. */
export type Tools = Readonly<Record<string, string>>;

/** The programs that every build needs. */
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
  /** Whether the program is installed. */
  readonly has: (tool: string) => boolean;
  /** Undefined when nothing can be installed without a password. */
  readonly install: InstallPackages | undefined;
  readonly report: (line: string) => void;
};

/** Installs missing tools where possible. Throws an Error that names those that are still missing. */
export function provideTools(tools: Tools, { has, install, report }: Installer): void {
  const packages = packagesOf(tools, has);
  if (packages.length === 0) return;
  if (install !== undefined) {
    report(`installing ${packages.join(' ')} (apt-get install -y --no-install-recommends ${packages.join(' ')})`);
    install(packages);
  }
  const missing = Object.keys(tools).filter((tool) => !has(tool));
  if (missing.length === 0) return;
  throw new Error(`missing: ${missing.join(', ')}; on Debian: apt-get install ${packagesOf(tools, has).join(' ')}`);
}

function packagesOf(tools: Tools, has: (tool: string) => boolean): string[] {
  return [...new Set(Object.entries(tools).flatMap(([tool, name]) => (has(tool) ? [] : [name])))];
}

/** Returns the installer of this machine. */
export function machineInstaller(report: (line: string) => void): Installer {
  return { has: canRun, install: aptInstall(process.env['PATH'] ?? ''), report };
}

function canRun(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
