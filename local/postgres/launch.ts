import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { asAccount } from './account.ts';
import type { Installation } from './installation.ts';

export type LaunchOptions = {
  readonly file: string;
  readonly args: readonly string[];
  /** What the kernel sends when this process ends, however it ends. */
  readonly deathSignal: 'INT' | 'KILL';
};

export type Launched = ChildProcessByStdio<null, null, Readable>;

/** The owner may have died before the signal was armed. */
const LAUNCHER = '[ "$PPID" = "$1" ] || exit 125; shift; exec "$@"';

/** Starts one of PostgreSQL's programs; its messages come on standard error. */
export function launch({ account, path }: Installation, { file, args, deathSignal }: LaunchOptions): Launched {
  const setpriv = findOnPath('setpriv', path);
  const launcher = ['/bin/sh', '-c', LAUNCHER, 'postgres', String(process.pid), file, ...args];
  // Inside of what changes the user, which would disarm the signal.
  const bound = setpriv === undefined ? launcher : [setpriv, '--pdeathsig', deathSignal, '--', ...launcher];
  const [program = '', ...words] = bound;
  const command = asAccount(account, program, words);
  return spawn(command.file, command.args, {
    ...command.as,
    // Nothing of the service's own environment, which has secrets, and whatever PG… a shell may set.
    env: { PATH: path, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
