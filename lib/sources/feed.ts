import { type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#lib/errors.ts';

export type PipeFeed = {
  readonly body: Readable;
  readonly input: Writable;
  /** Bytes ffmpeg may read without producing output before the source is rejected as junk. */
  readonly barrenBytes: number;
  /** Replaces the first chunk. */
  readonly mend?: ((beginning: Buffer) => Buffer) | undefined;
  /** Bytes ffmpeg has produced so far. */
  readonly given: () => number;
  /** Called when the source fails, before `input` is closed: ffmpeg would take a closed input for the end. */
  readonly onFailure: (error: Error) => void;
};

/** Bytes ffmpeg may read without producing audio, for sources that were not recognised and for those that were. */
const BARREN_BYTES = { unrecognised: 1 << 20, recognised: 64 << 20 } as const;
/** Bytes that ffmpeg's `async` protocol reads ahead (libavformat/async.c). */
const ASYNC_RING_BYTES = 8 << 20;
/** Allowance for each second of source that is decoded and discarded before `startAt`. */
const SKIPPED_SECOND_BYTES = 1 << 20;

/** Returns `barrenBytes` for a source. */
export function barrenAllowance(
  { demuxer }: { readonly demuxer: string | undefined },
  { live, startAt }: { readonly live: boolean; readonly startAt: number },
): number {
  const allowance = demuxer === undefined ? BARREN_BYTES.unrecognised : BARREN_BYTES.recognised;
  return allowance + (live ? ASYNC_RING_BYTES : 0) + startAt * SKIPPED_SECOND_BYTES;
}

/** Writes a source to ffmpeg, as fast as ffmpeg reads it, until either ends. */
export async function feedPipe({ body, input, barrenBytes, mend, given, onFailure }: PipeFeed): Promise<void> {
  let mendFirst = mend;
  let lastGiven = 0;
  let barren = 0;
  const guard = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      barren = given() === lastGiven ? barren + chunk.length : 0;
      lastGiven = given();
      if (barren <= barrenBytes) {
        const passed = mendFirst?.(chunk) ?? chunk;
        mendFirst = undefined;
        return callback(null, passed);
      }
      const error = new AppError('UNSUPPORTED_FORMAT', { limit_bytes: barrenBytes }, { message: junk(barrenBytes) });
      onFailure(error);
      callback(error);
    },
  });
  // ffmpeg may close its input before the source ends, which also ends `body`: its outcome then decides.
  body.once('error', (error) => input.destroyed || onFailure(error));
  await pipeline(body, guard, input).catch(() => undefined);
}

function junk(limit: number): string {
  return `the source sent more than ${limit} bytes that contain no audio`;
}
