import type { Readable } from 'node:stream';
import type { KeptFile } from './kept-file.ts';
import { outputOf, READ_BYTES, type Reading } from './reading.ts';
import { createWindow } from './window.ts';

/** The production of a rendition, once its first bytes are available. */
export type Production<About> = {
  readonly output: Readable;
  about(): About;
  /** Called when `output` has ended. Returns why it is incomplete, or undefined if it is not. Must not reject. */
  outcome(): Promise<Error | undefined>;
  /** Frees all resources. Must not reject. */
  close(): Promise<void>;
};

export type RenditionOptions<About> = {
  /** Starts production; throws when there is no output. The signal is aborted when the last reader closes. */
  readonly produce: (signal: AbortSignal) => Promise<Production<About>>;
  readonly file: KeptFile;
  /** Largest rendition that is kept, bytes. */
  readonly maxBytes: number;
  /** Called when more bytes have been written to disk. */
  readonly onGrown: () => void;
  /** Called when new readers can no longer use it: it has failed, was abandoned, or cannot be kept. */
  readonly onUnfit: () => void;
};

export type Rendition<About> = {
  /** Bytes on disk. */
  readonly bytes: number;
  readonly isWhole: boolean;
  read(): Reading<About>;
  /** Frees the disk space once the last reader has closed. `read` must not be called again. */
  drop(): void;
};

/** Bytes that production may be ahead of the fastest reader. */
const AHEAD_BYTES = 131_072;
/** Bytes that are held in memory for readers near the end, and bytes that are written at a time. */
const HELD_BYTES = 262_144;
const WRITTEN_BYTES = 131_072;

/**
 * Produces audio once for all its readers. Each reader starts at the first byte and reads at its own pace; the fastest
 * sets the pace of production. Bytes that are no longer in memory are read from disk. Without a disk, the slowest
 * reader sets the pace.
 */
export function createRendition<About>(options: RenditionOptions<About>): Rendition<About> {
  const { produce, file, maxBytes, onGrown, onUnfit } = options;
  const givenUp = new AbortController();
  const window = createWindow();
  const cursors = new Set<{ position: number }>();
  let changed = Promise.withResolvers<void>();
  let isKept = true;
  let hasEnded = false;
  let isWriting = false;
  let production: Production<About> | undefined;
  let last: About | undefined;

  const begun = produce(givenUp.signal).then((begins) => {
    production = begins;
  });
  const judged = Promise.withResolvers<Error | undefined>();
  const ended = make();

  function wake(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  async function make(): Promise<void> {
    let failure: Error | undefined;
    try {
      await begun;
      for await (const chunk of production?.output ?? []) await grow(chunk);
    } catch (error) {
      // The outcome below is more precise about a failed output.
      failure = error as Error;
    }
    if (production !== undefined) failure = await production.outcome();
    last = production?.about();
    hasEnded = true;
    if (failure !== undefined) unfit();
    judged.resolve(failure);
    wake();
    await production?.close();
    production = undefined;
    await keepTheRest();
  }

  async function grow(chunk: Buffer): Promise<void> {
    window.push(chunk);
    keep(WRITTEN_BYTES);
    wake();
    while (!hasRoom() && !givenUp.signal.aborted) await changed.promise;
  }

  function hasRoom(): boolean {
    const fastest = Math.max(...Array.from(cursors, ({ position }) => position));
    return window.end - fastest < AHEAD_BYTES && window.end - droppable() < HELD_BYTES + WRITTEN_BYTES;
  }

  /** Returns the position before which no bytes need to be in memory. */
  function droppable(): number {
    if (isKept) return file.bytes;
    return Math.max(file.bytes, Math.min(...Array.from(cursors, ({ position }) => position)));
  }

  /** Writes the bytes that are not on disk yet, if there are at least `least` of them. */
  function keep(least: number): void {
    if (isWriting || !isKept || window.end - file.bytes < least) return;
    if (window.end > maxBytes) {
      unfit();
      return;
    }
    isWriting = true;
    void file
      .append(window.from(file.bytes))
      .then(onGrown, unfit)
      .finally(() => {
        isWriting = false;
        window.trim(droppable(), HELD_BYTES);
        keep(WRITTEN_BYTES);
        wake();
      });
  }

  async function keepTheRest(): Promise<void> {
    while (isKept && file.bytes < window.end) {
      keep(1);
      if (isKept) await changed.promise;
    }
    if (isKept) window.trim(file.bytes, 0);
  }

  function unfit(): void {
    if (!isKept) return;
    drop();
    onUnfit();
  }

  function drop(): void {
    isKept = false;
    if (cursors.size === 0) file.close();
  }

  async function next(cursor: { position: number }): Promise<Buffer | null> {
    while (cursor.position === window.end && !hasEnded) await changed.promise;
    const { position } = cursor;
    if (position === window.end) return null;
    const onDisk = Math.min(READ_BYTES, window.start - position);
    const chunk = onDisk > 0 ? await file.read(position, onDisk) : window.read(position, READ_BYTES);
    cursor.position += chunk.length;
    if (!isKept) window.trim(droppable(), HELD_BYTES);
    if (!hasEnded) wake();
    return chunk;
  }

  function leave(cursor: { position: number }): void {
    if (!cursors.delete(cursor)) return;
    wake();
    if (cursors.size > 0) return;
    if (!hasEnded) {
      givenUp.abort();
      unfit();
    }
    if (!isKept) file.close();
  }

  return {
    get bytes() {
      return file.bytes;
    },
    get isWhole() {
      return hasEnded && isKept && file.bytes === window.end;
    },
    drop,
    read() {
      const cursor = { position: 0 };
      cursors.add(cursor);
      const output = outputOf(
        () => next(cursor),
        () => leave(cursor),
      );
      return {
        started: begun,
        output,
        about: () => last ?? (production as Production<About>).about(),
        share: () => (hasEnded && window.end > 0 ? cursor.position / window.end : undefined),
        outcome: async () => output.errored ?? (await judged.promise),
        async close() {
          output.destroy();
          leave(cursor);
          if (givenUp.signal.aborted) await ended;
        },
      };
    },
  };
}
