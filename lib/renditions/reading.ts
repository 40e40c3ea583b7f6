import { Readable } from 'node:stream';

/** One reader of a rendition. */
export type Reading<About> = {
  /** Rejects when there is nothing to read. */
  readonly started: Promise<void>;
  /** From the first byte on; it also ends where the rendition is cut. */
  readonly output: Readable;
  about(): About;
  /** How much of the whole has been read, 0–1; undefined while it is being made. */
  share(): number | undefined;
  /** Why what was read is not the whole, once `output` has ended. */
  outcome(): Promise<Error | undefined>;
  /** Of the last reading of what is being made: resolves once that is given up. */
  close(): Promise<void>;
};

/** What is read at once, and what a reader holds, bytes. */
export const READ_BYTES = 65_536;

/** The chunks of `next` until it is null. Calls `leave` when the reader has gone. */
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
