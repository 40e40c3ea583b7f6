import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { asAccount } from './account.ts';
import type { Installation } from './installation.ts';

export type LaunchOptions = {
  readonly file: string;
  readonly args: readonly string[];
  /** The signal that the kernel sends when this process ends for any reason. */
  readonly deathSignal: 'INT' | 'KILL';
};

export type Launched = ChildProcessByStdio<null, null, Readable>;

/** Exits if the owner died before the signal was armed. */
const LAUNCHER = '[ "$PPID" = "$1" ] || exit 125; shift; exec "$@"';

/** Starts one of PostgreSQL's programs. It writes its messages to standard error. */
export function launch({ account, path }: Installation, { file, args, deathSignal }: LaunchOptions): Launched {
  const setpriv = findOnPath('setpriv', path);
  const launcher = ['/bin/sh', '-c', LAUNCHER, 'postgres', String(process.pid), file, ...args];
  // Inside the command that changes the user, because a change of user disarms the signal.
  const bound = setpriv === undefined ? launcher : [setpriv, '--pdeathsig', deathSignal, '--', ...launcher];
  const [program = '', ...words] = bound;
  const command = asAccount(account, program, words);
  return spawn(command.file, command.args, {
    ...command.as,
    // Leaves out the service's own environment, which has secrets, and any PG… variables of the shell.
    env: { PATH: path, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
