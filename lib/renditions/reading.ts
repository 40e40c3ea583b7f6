import { Readable } from 'node:stream';

/** The access of one reader to a rendition. */
export type Reading<About> = {
  /** Resolves when there is audio to read. Rejects when there will be none. */
  readonly started: Promise<void>;
  /** The bytes from the first one on. Also ends, without an error, where an incomplete rendition ends. */
  readonly output: Readable;
  about(): About;
  /** Returns the share of the whole that has been read, 0–1; undefined while the rendition is being produced. */
  share(): number | undefined;
  /** Resolves, once `output` has ended, with why it is incomplete; with undefined when it is complete. */
  outcome(): Promise<Error | undefined>;
  /** Ends the reading. For the last reader of an unfinished rendition, resolves once its production has stopped. */
  close(): Promise<void>;
};

/** Bytes of one read, and of the buffer of a reader. */
export const READ_BYTES = 65_536;

/** Returns a stream of the chunks of `next` until it returns null. Calls `leave` when the stream is destroyed. */
export function outputOf(next: () => Promise<Buffer | null>, leave: () => void): Readable {
  return new Readable({
    highWaterMark: READ_BYTES,
    read() {
      next().then(
        (chunk) => this.push(chunk),
        (error) => this.destroy(error),
      );
    },
    destroy(error, callback) {
      leave();
      callback(error);
    },
  });
}
