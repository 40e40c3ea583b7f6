import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export type Command = { readonly file: string; readonly args: readonly string[] };

/**
 * What the kernel keeps a started ffmpeg from. `limits`: memory and CPU time are limited, and it ends with its owner.
 * `seccomp`: also no network, no new processes and no unusual system calls. `full`: also no files but its own. `none`:
 * this system offers none of these.
 */
export type ConfinementLevel = 'none' | 'limits' | 'seccomp' | 'full';

/** How a program is started. */
export type Starter =
  /** With the launcher of `layers/launcher`. */
  | {
      readonly kind: 'launcher';
      readonly path: string;
      /** The list of system calls that are allowed, in `layers/launcher/system-calls.h`. */
      readonly calls: 'audio' | 'full' | 'all';
      /** What it may read besides its own file and its input; undefined when the kernel cannot restrict files. */
      readonly readable: readonly string[] | undefined;
      readonly namespaces: boolean;
    }
  /** With a shell, and with the path of util-linux's `setpriv` if it is installed. */
  | { readonly kind: 'shell'; readonly setpriv: string | undefined };

export type Confinement = {
  /** The process that must outlive the command. */
  readonly ownerPid: number;
  /** Limit of the data segment (heap, stacks, anonymous mappings), bytes. */
  readonly memoryBytes: number;
  /** Limit of CPU time, seconds; undefined for no limit. Over it, the kernel sends SIGXCPU. */
  readonly cpuSeconds?: number | undefined;
  readonly starter: Starter;
  /** Whether the command reads its input from an open file, which it opens again by path. */
  readonly opensInput?: boolean;
  /** The files of this run. */
  readonly files?: RunFiles | undefined;
};

/** What a run may read besides its input, and a folder in which it may make files. Paths count from its working folder. */
export type RunFiles = { readonly reads?: readonly string[]; readonly writes?: string | undefined };

/**
 * Wraps a command so that the kernel limits it and kills it when its owner's thread ends, for whatever reason. Each step
 * replaces itself with the next by `exec`, so the process id stays the one that was spawned.
 */
export function confine(command: Command, confinement: Confinement): Command {
  const { starter } = confinement;
  if (starter.kind === 'shell') return startByShell(command, confinement, starter.setpriv);
  const { calls, readable, namespaces } = starter;
  const { reads = [], writes } = confinement.files ?? {};
  const opens = readable !== undefined || confinement.opensInput || calls !== 'audio';
  return {
    file: starter.path,
    args: [
      ...['--owner', String(confinement.ownerPid), '--memory', String(confinement.memoryBytes)],
      ...(confinement.cpuSeconds === undefined ? [] : ['--cpu', String(Math.ceil(confinement.cpuSeconds))]),
      ...['--calls', calls],
      ...(readable === undefined ? [] : ['--files', ...[...readable, ...reads].flatMap((path) => ['--read', path])]),
      ...(writes === undefined ? [] : ['--write', writes]),
      ...(opens ? [] : ['--no-open']),
      ...(namespaces ? ['--namespaces'] : []),
      ...(mayInspectOtherUsers() ? [] : ['--keep-user']),
      ...['--', command.file, ...command.args],
    ],
  };
}

/**
 * Sets the limits (existing lower ones stay), checks that the owner is still alive now that the parent-death signal is
 * set (it may have died before), and executes the command.
 */
const LAUNCHER =
  'ulimit -c 0 2>/dev/null; ulimit -d "$1" 2>/dev/null; ulimit -t "$2" 2>/dev/null; [ "$PPID" = "$3" ] || exit 125; shift 3; exec "$@"';

function startByShell(command: Command, confinement: Confinement, setpriv: string | undefined): Command {
  const { ownerPid, memoryBytes, cpuSeconds } = confinement;
  const seconds = cpuSeconds === undefined ? 'unlimited' : String(Math.ceil(cpuSeconds));
  const limits = [String(Math.ceil(memoryBytes / 1024)), seconds, String(ownerPid)];
  const launcher = ['/bin/sh', '-c', LAUNCHER, 'ffmpeg', ...limits, command.file, ...command.args];
  return setpriv === undefined
    ? { file: '/bin/sh', args: launcher.slice(1) }
    : { file: setpriv, args: ['--pdeathsig', 'KILL', '--', ...launcher] };
}

/**
 * The capabilities with which root signals and measures the processes of other users, and reads their files. Containers
 * often lack one. (CAP_KILL, CAP_SYS_PTRACE, CAP_DAC_OVERRIDE)
 */
const INSPECTING = (1n << 5n) | (1n << 19n) | (1n << 1n);

let inspects: boolean | undefined;

/** Returns whether this process has these rights over other users; false where that is not known. */
function mayInspectOtherUsers(): boolean {
  inspects ??= (ownCapabilities() & INSPECTING) === INSPECTING;
  return inspects;
}

function ownCapabilities(): bigint {
  try {
    return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0}`);
  } catch {
    return 0n;
  }
}

/** Returns the first executable with this name in the folders of a `PATH` variable. */
export function findOnPath(name: string, pathVariable: string): string | undefined {
  return pathVariable
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
