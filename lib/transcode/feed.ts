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
