import { createWriteStream } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { AcceptedFormats } from '#lib/sources/accepted-formats.ts';
import type { SourceOpener } from '#lib/sources/open-source.ts';
import { diskFull, inputFailure, isDiskFull } from './failures.ts';
import { inParallel } from './in-parallel.ts';
import type { RunLimits } from './run-limits.ts';
import type { Scratch } from './scratch.ts';

/** An input in the scratch folder. */
export type FetchedInput = {
  readonly name: string;
  /** Its path from the scratch folder. */
  readonly file: string;
  readonly bytes: number;
  readonly format: AcceptedFormats['any'];
  /** Identifies the bytes that were fetched; undefined when the server states nothing reliable. */
  readonly version: string | undefined;
};

export type FetchOptions = {
  readonly sources: Pick<SourceOpener, 'open'>;
  readonly caller: Caller;
  readonly scratch: Scratch;
  readonly limits: Pick<RunLimits, 'inputBytes' | 'parallelInputs'>;
  /** Called when the size of an input is known, and for bytes that were not announced. */
  readonly expect: (bytes: number) => void;
  /** Called with the number of bytes of each chunk. */
  readonly fetched: (bytes: number) => void;
  readonly signal: AbortSignal;
};

/** Bytes of an input of unknown size after which the free space is checked again. */
const CHECKED_BYTES = 16 << 20;

/**
 * Copies all inputs into the scratch folder, several at once. The first failure ends all others. Throws what opening a
 * source throws, LIMIT_EXCEEDED `{limit: 'input_bytes'}`, OVERLOADED `{reason: 'disk'}`, each with the input in `details`,
 * and the signal's reason.
 */
export async function fetchInputs(
  inputs: readonly { readonly name: string; readonly url: string }[],
  options: FetchOptions,
): Promise<FetchedInput[]> {
  const room = createRoom(options.scratch);
  const { parallelInputs: width } = options.limits;
  return await inParallel(inputs, { width, signal: options.signal }, async ({ name, url }, signal) => {
    try {
      return await fetchInput({ name, url }, room, { ...options, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error, name, options.limits);
    }
  });
}

async function fetchInput(
  { name, url }: { readonly name: string; readonly url: string },
  room: Room,
  { sources, caller, scratch, limits, expect, fetched, signal }: FetchOptions,
): Promise<FetchedInput> {
  const source = await sources.open(url, { accept: 'any', caller, signal, maxBytes: limits.inputBytes });
  try {
    const file = `inputs/${name}`;
    const path = join(scratch.path, file);
    let announced = source.size ?? 0;
    expect(announced);
    await room.expect(announced);
    let bytes = 0;
    const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > announced) {
          announced += CHECKED_BYTES;
          expect(CHECKED_BYTES);
          await room.expect(CHECKED_BYTES);
        }
        fetched(chunk.length);
        yield chunk;
      }
    };
    await pipeline(source.body, counted, createWriteStream(path, { flags: 'wx' }), { signal });
    // A confined ffmpeg may be another user.
    await chmod(path, 0o644);
    expect(bytes - announced);
    return { name, file, bytes, format: source.format, version: source.version };
  } finally {
    source.close();
  }
}

/** Adds up the room that a job needs: for its inputs, and as much again for its outputs. */
type Room = { expect(bytes: number): Promise<void> };

const TIMES_INPUTS = 2;

function createRoom(scratch: Scratch): Room {
  let expected = 0;
  return {
    async expect(bytes) {
      expected += bytes;
      await scratch.requireRoom(TIMES_INPUTS * expected - (await scratch.bytesIn('inputs')));
    },
  };
}

function failureOf(error: unknown, input: string, { inputBytes }: FetchOptions['limits']): AppError {
  const details = { input, field: `inputs.${input}`, phase: 'fetching' };
  if (isDiskFull(error)) return diskFull(details, error);
  return inputFailure(error, { details, prefix: `input ${input}: `, inputBytes });
}
