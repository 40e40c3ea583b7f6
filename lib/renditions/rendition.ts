import type { Readable } from 'node:stream';
import type { KeptFile } from './kept-file.ts';
import { outputOf, READ_BYTES, type Reading } from './reading.ts';
import { createWindow } from './window.ts';

/** What makes a rendition, once it has its first bytes. */
export type Production<About> = {
  readonly output: Readable;
  about(): About;
  /** Asked when `output` has ended: why it is not complete, or undefined. Must not reject. */
  outcome(): Promise<Error | undefined>;
  /** Frees all it had. Must not reject. */
  close(): Promise<void>;
};

export type RenditionOptions<About> = {
  /** Throws when there is no output. The signal is aborted when the last reader has left. */
  readonly produce: (signal: AbortSignal) => Promise<Production<About>>;
  readonly file: KeptFile;
  /** Longest rendition that is kept, bytes. */
  readonly maxBytes: number;
  /** Called when more of it is kept. */
  readonly onGrown: () => void;
  /** Called when no new reader may have it: it has failed, was given up, or cannot be kept. */
  readonly onUnfit: () => void;
};

export type Rendition<About> = {
  /** Bytes on disk. */
  readonly bytes: number;
  readonly isWhole: boolean;
  read(): Reading<About>;
  /** Frees the disk when the last reading is closed; there may be no new one. */
  drop(): void;
};

/** How far production may be ahead of the fastest reader. */
const AHEAD_BYTES = 131_072;
/** What is held in memory for readers near the end, and what is written at once. */
const HELD_BYTES = 262_144;
const WRITTEN_BYTES = 131_072;

/**
 * Something that is made once for all its readers: each reads from the first byte and at its own pace, and the fastest
 * sets the pace of production. Readers find on disk what memory no longer holds. Without a disk, the slowest sets the pace.
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
      // Of an output that breaks the outcome knows more.
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

  /** What lies before this position need not be in memory. */
  function droppable(): number {
    if (isKept) return file.bytes;
    return Math.max(file.bytes, Math.min(...Array.from(cursors, ({ position }) => position)));
  }

  /** Writes what is not written, if there are at least so many bytes. */
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
