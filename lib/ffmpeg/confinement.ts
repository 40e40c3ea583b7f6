import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export type Command = { readonly file: string; readonly args: readonly string[] };

export type Confinement = {
  /** The process that must outlive the command. */
  readonly ownerPid: number;
  /** Bound of the data segment (heap, stacks, anonymous mappings), bytes. */
  readonly memoryBytes: number;
  /** Path of util-linux's `setpriv`, where there is one. */
  readonly setpriv: string | undefined;
};

/**
 * Sets the memory bound (a tighter one that is already there stays), makes sure that the owner was alive after the parent-death signal was armed (it may have died
 * in between), and becomes the command.
 */
const LAUNCHER = 'ulimit -d "$1" 2>/dev/null; [ "$PPID" = "$2" ] || exit 125; shift 2; exec "$@"';

/**
 * Wraps a command so that the kernel bounds its memory and kills it when its owner's thread ends, however it ends and
 * whatever the command is doing. The process id stays the one that was spawned: each step replaces itself.
 */
export function confine(command: Command, { ownerPid, memoryBytes, setpriv }: Confinement): Command {
  const kibibytes = String(Math.ceil(memoryBytes / 1024));
  const launcher = ['/bin/sh', '-c', LAUNCHER, 'ffmpeg', kibibytes, String(ownerPid), command.file, ...command.args];
  return setpriv === undefined
    ? { file: '/bin/sh', args: launcher.slice(1) }
    : { file: setpriv, args: ['--pdeathsig', 'KILL', '--', ...launcher] };
}

/** The first executable of that name in the folders of a `PATH` variable. */
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
