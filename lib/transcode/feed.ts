import { type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#lib/errors.ts';

export type PipeFeed = {
  readonly body: Readable;
  readonly input: Writable;
  /** Bytes ffmpeg may take without giving any before the source counts as junk. */
  readonly barrenBytes: number;
  /** What its first piece becomes on the way. */
  readonly mend?: ((beginning: Buffer) => Buffer) | undefined;
  /** Bytes ffmpeg has given so far. */
  readonly given: () => number;
  /** Called at once, before `input` is closed, when the source fails: a closed input would look like its end. */
  readonly onFailure: (error: Error) => void;
};

/** Writes a source to ffmpeg, as fast as it takes it, until either ends. */
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
      const error = new AppError('UNSUPPORTED_FORMAT', { limit_bytes: barrenBytes }, { message: JUNK });
      onFailure(error);
      callback(error);
    },
  });
  // ffmpeg may have enough before the source ends: it closes its input, which also ends `body`; its outcome is the answer.
  body.once('error', (error) => input.destroyed || onFailure(error));
  await pipeline(body, guard, input).catch(() => undefined);
}

const JUNK = 'the source brings bytes, but no sound in them';
