import { createWriteStream, realpathSync, rmSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { CliError } from '../exit-codes.ts';

/** Where audio goes. */
export type Output = {
  readonly stream: Writable;
  /** It is complete: from now on it is there. */
  finish(): Promise<void>;
  /** It is not: what there is of it goes, or stays under its name. */
  abandon(options: { readonly keep: boolean }): Promise<void>;
};

/** A file that is not there before it is complete. Anything else of that name, such as a pipe, is written to as it is. */
export function openOutputFile(name: string): Output {
  const { path, isSpecial } = look(name);
  if (isSpecial) return { stream: createWriteStream(path), finish: done, abandon: done };
  const partial = `${path}.${process.pid}.part`;
  const remove = () => rmSync(partial, { force: true });
  const stream = createWriteStream(partial, { flags: 'wx' });
  // Whatever ends this process, nothing is left.
  process.once('exit', remove);
  return {
    stream,
    finish: () => rename(partial, path),
    async abandon({ keep }) {
      if (keep) await rename(partial, path).catch(done);
      remove();
    },
  };
}

/** Standard output: neither made nor removed. */
export function standardOutput(): Output {
  return { stream: process.stdout, finish: done, abandon: done };
}

/** What is wrong with the place it was written to. */
export function outputError(name: string, cause: NodeJS.ErrnoException): CliError {
  return new CliError('local', `${name} cannot be written (${cause.code ?? cause.message})`, { cause });
}

async function done(): Promise<void> {}

/** Links are followed: what they lead to is replaced, not they. */
function look(name: string): { path: string; isSpecial: boolean } {
  try {
    const path = realpathSync(name);
    return { path, isSpecial: !statSync(path).isFile() };
  } catch {
    return { path: name, isSpecial: false };
  }
}
