import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { LAUNCHER_LAYER } from '../../../layers/support/built-layer.ts';
import { compiled, NO_COMPILER } from '../../../support/compiled.ts';
import type { ScratchFolder } from '../../../support/scratch-folder.ts';

export const LAUNCHER = `${LAUNCHER_LAYER.directory}/bin/ffmpeg-launcher`;
/** For a test's `skip`. */
export const ATTEMPTS_MISSING: string | false = LAUNCHER_LAYER.missing || NO_COMPILER;

/** The shell becomes the owner. It reports how the program ended. */
const OWNER = 'exec 3<"$1"; shift; "$0" --owner $$ "$@"; echo "exit $?"';

export type AttemptOptions = {
  readonly launch?: readonly string[];
  readonly argument?: string;
  readonly uid?: number | undefined;
  readonly input?: string;
};

/** A stand-in for an ffmpeg that has been taken over; `using` removes it. */
export type Attempts = ScratchFolder & {
  readonly program: string;
  /** A folder that everyone may write to. */
  readonly writable: string;
  /** Returns what a program that was started by the launcher has achieved: `done`, the name of an error, or `killed`. */
  attempt(name: string, options?: AttemptOptions): string;
  /** Attempts everything of a level. Returns the result of each, as `results` has it. */
  attemptAll(level: Level, uid: number | undefined): Record<string, string>;
};

export function compileAttempts(): Attempts {
  const folder = compiled(new URL('../fixtures/attempts.c', import.meta.url));
  const writable = folder.file('writable');
  mkdirSync(writable);
  chmodSync(writable, 0o777);

  function attempt(name: string, { launch = [], argument = '', uid, input = '/etc/group' }: AttemptOptions = {}) {
    const command = ['-c', OWNER, LAUNCHER, input, ...launch, '--', folder.program, name, argument];
    const { stdout, stderr } = spawnSync('/bin/sh', command, {
      env: { SECRET: 'of-the-owner' },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    const [first = '', last = ''] = stdout.toString().trim().split('\n');
    if (last === 'exit 0') return first;
    return first === `exit ${128 + 31}` ? 'killed' : `${first} ${stderr}`;
  }

  return {
    ...folder,
    writable,
    attempt,
    attemptAll({ launch, results }, uid) {
      const achieved = Object.keys(results).map((text) => {
        const [name = '', argument = ''] = text.replace('FOLDER', `${writable}/made`).split(' ');
        return [text, attempt(name, { launch, argument, uid })];
      });
      return Object.fromEntries(achieved);
    },
  };
}

/** Attempts, and their results by level of confinement. */
const FULL = {
  'read_file /etc/passwd': 'EACCES',
  'write_file FOLDER': 'EACCES',
  open_socket: 'killed',
  reach_port: 'killed',
  new_process: 'EPERM',
  run_shell: 'EACCES',
  signal_owner: 'killed',
  trace_owner: 'killed',
  new_namespace: 'killed',
  become_root: 'killed',
  'change_mode /etc/passwd': 'killed',
  dump_core: 'EPERM',
  environment: 'ENOENT',
  new_thread: 'done',
  read_input_again: 'done',
};
const SECCOMP = { ...FULL, run_shell: 'killed', read_input_again: 'EACCES' };
/** For other builds of ffmpeg: an unusual call fails, and does not kill. */
const LENIENT = {
  ...FULL,
  open_socket: 'EPERM',
  reach_port: 'EPERM',
  signal_owner: 'EPERM',
  trace_owner: 'EPERM',
  new_namespace: 'EPERM',
  become_root: 'EPERM',
  'change_mode /etc/passwd': 'EPERM',
};

/** A level of confinement: the options of the launcher, and what every attempt must result in. */
export type Level = {
  readonly level: string;
  readonly launch: readonly string[];
  readonly results: Readonly<Record<string, string>>;
};

export const LEVELS: readonly Level[] = [
  { level: 'full, for the audio layer', launch: ['--calls', 'audio', '--files'], results: FULL },
  { level: 'seccomp, for the audio layer', launch: ['--calls', 'audio', '--no-open'], results: SECCOMP },
  { level: 'full, for another ffmpeg', launch: ['--calls', 'full', '--files'], results: LENIENT },
  { level: 'full, in namespaces', launch: ['--calls', 'audio', '--files', '--namespaces'], results: FULL },
];
/** The starts by root and by a user without rights. */
export const USERS = process.getuid?.() === 0 ? [undefined, 1_234] : [undefined];
