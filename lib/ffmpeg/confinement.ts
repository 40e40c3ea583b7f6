import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export type Command = { readonly file: string; readonly args: readonly string[] };

export type Confinement = {
  /** The process that must outlive the command. */
  readonly ownerPid: number;
  /** Limit of the data segment (heap, stacks, anonymous mappings), bytes. */
  readonly memoryBytes: number;
  /** Path of util-linux's `setpriv`, if it is installed. */
  readonly setpriv: string | undefined;
};

/**
 * Sets the memory limit (an existing lower limit stays), checks that the owner is still alive now that the parent-death
 * signal is set (it may have died before), and executes the command.
 */
const LAUNCHER = 'ulimit -d "$1" 2>/dev/null; [ "$PPID" = "$2" ] || exit 125; shift 2; exec "$@"';

/**
 * Wraps a command so that the kernel limits its memory and kills it when its owner's thread ends, for whatever reason.
 * Each step replaces itself with the next by `exec`, so the process id stays the one that was spawned.
 */
export function confine(command: Command, { ownerPid, memoryBytes, setpriv }: Confinement): Command {
  const kibibytes = String(Math.ceil(memoryBytes / 1024));
  const launcher = ['/bin/sh', '-c', LAUNCHER, 'ffmpeg', kibibytes, String(ownerPid), command.file, ...command.args];
  return setpriv === undefined
    ? { file: '/bin/sh', args: launcher.slice(1) }
    : { file: setpriv, args: ['--pdeathsig', 'KILL', '--', ...launcher] };
}

/** Returns the first executable with this name in the folders of a `PATH` variable. */
export function findOnPath(name: string, pathVariable: string): string | undefined {
  return pathVariable
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
