import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  createWriteStream,
  fstatSync,
  lstatSync,
  readlinkSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { CliError } from '../exit-codes.ts';

/** The destination of the audio. */
export type Output = {
  readonly stream: Writable;
  /** Publishes the complete output. */
  finish(): Promise<void>;
  /** Removes the incomplete output, or keeps it under its name. */
  abandon(options: { readonly keep: boolean }): Promise<void>;
};

/**
 * Opens what a name on the command line stands for. A regular file is replaced when the output is complete, and keeps
 * its mode. Anything else, such as a pipe, a device or a descriptor in `/dev/fd`, is written to directly. Links are
 * followed, also to a target that does not exist. Throws an Error that names the output.
 */
export function openOutput(name: string): Output {
  try {
    if (isStandardOutput(name)) return { stream: process.stdout, finish: done, abandon: done };
    const found = statSync(name, { throwIfNoEntry: false });
    const path = followLinks(name);
    return isReplaceable(path, found) ? replacing(path, found) : writingTo(path);
  } catch (cause) {
    throw outputError(name, cause as NodeJS.ErrnoException);
  }
}

/** Throws the error of an output that cannot be written, before the work that is done for it. */
export function checkOutput(name: string): void {
  try {
    if (isStandardOutput(name)) return;
    const found = statSync(name, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    const path = followLinks(name);
    // A file is replaced by a new one in its folder.
    if (isReplaceable(path, found)) accessSync(dirname(path), constants.W_OK);
    if (found !== undefined) accessSync(path, constants.W_OK);
  } catch (cause) {
    throw outputError(name, cause as NodeJS.ErrnoException);
  }
}

/** Returns whether the name stands for the standard output of this process: `-`, `/dev/stdout`, `/dev/fd/1`, a terminal. */
export function isStandardOutput(name: string): boolean {
  if (name === '-') return true;
  try {
    const found = statSync(name);
    const own = fstatSync(1);
    return !isReplaceable(followLinks(name), found) && found.dev === own.dev && found.ino === own.ino;
  } catch {
    return false;
  }
}

/** Returns the error for an output that cannot be written. */
export function outputError(name: string, cause: NodeJS.ErrnoException): CliError {
  return new CliError('local', `${name} cannot be written (${cause.code ?? cause.message})`, { cause });
}

function replacing(path: string, found: Stats | undefined): Output {
  if (found !== undefined) accessSync(path, constants.W_OK);
  const partial = `${path}.${process.pid}.part`;
  const remove = () => rmSync(partial, { force: true });
  const stream = createWriteStream(partial, { flags: 'wx' });
  // Removes the partial file however the process exits.
  process.once('exit', remove);
  const publish = () => {
    if (found !== undefined) copyAttributes(found, partial);
    return rename(partial, path);
  };
  return {
    stream,
    finish: publish,
    async abandon({ keep }) {
      if (keep) await publish().catch(done);
      remove();
    },
  };
}

/** Only root can give a file to another owner. */
function copyAttributes({ uid, gid, mode }: Stats, to: string): void {
  if (process.geteuid?.() === 0) chownSync(to, uid, gid);
  chmodSync(to, mode);
}

/** Appends, so that a descriptor of a file that the shell opened with `>>` keeps what the file holds. */
function writingTo(path: string): Output {
  // Node's type allows only names of flags, and each of those that write also creates files.
  const flags = (constants.O_WRONLY | constants.O_APPEND) as unknown as string;
  return { stream: createWriteStream(path, { flags }), finish: done, abandon: done };
}

async function done(): Promise<void> {}

/** A descriptor of a process. The link in it is not a path when it is a pipe or a socket. */
const DESCRIPTOR = /^\/proc\/\d+(\/task\/\d+)?\/fd\/\d+$/;

function isReplaceable(path: string, found: Stats | undefined): boolean {
  return !DESCRIPTOR.test(path) && (found === undefined || found.isFile());
}

/** Returns the path at the end of links that form no loop, existing or not, or the descriptor that they lead to. */
function followLinks(name: string): string {
  const path = join(realpathSync(dirname(name)), basename(name));
  if (DESCRIPTOR.test(path) || lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path;
  return followLinks(resolve(dirname(path), readlinkSync(path)));
}
