import { createWriteStream, realpathSync, rmSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
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

/** Opens a file that gets its name when it is complete. Anything else, such as a pipe, is written to directly. */
export function openOutputFile(name: string): Output {
  const { path, isSpecial } = targetOf(name);
  if (isSpecial) return { stream: createWriteStream(path), finish: done, abandon: done };
  const partial = `${path}.${process.pid}.part`;
  const remove = () => rmSync(partial, { force: true });
  const stream = createWriteStream(partial, { flags: 'wx' });
  // Removes the partial file however the process exits.
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

/** Standard output, which is neither created nor removed. */
export function standardOutput(): Output {
  return { stream: process.stdout, finish: done, abandon: done };
}

/** Returns the error for an output that cannot be written. */
export function outputError(name: string, cause: NodeJS.ErrnoException): CliError {
  return new CliError('local', `${name} cannot be written (${cause.code ?? cause.message})`, { cause });
}

async function done(): Promise<void> {}

/** Follows links, so that their target is replaced and not the link. */
function targetOf(name: string): { path: string; isSpecial: boolean } {
  try {
    const path = realpathSync(name);
    return { path, isSpecial: !statSync(path).isFile() };
  } catch {
    return { path: name, isSpecial: false };
  }
}
