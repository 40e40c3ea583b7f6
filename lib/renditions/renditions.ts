import { createKeptFile, type KeptFile } from './kept-file.ts';
import type { Reading } from './reading.ts';
import { createRendition, type Production, type Rendition } from './rendition.ts';

export type RenditionsOptions = {
  /** Folder on whose disk they are kept. */
  readonly directory: string;
  /** What all of them may take there, bytes; with 0 none is kept or shared. */
  readonly maxBytes: number;
};

/** Whether a reader's rendition is made for it, was being made for others, or is kept. */
export type Origin = 'made' | 'joined' | 'kept';

/** What was made lately or is being made, by keys that name all it depends on. */
export type Renditions<About> = {
  /**
   * Reads the rendition of this key; when there is none it is produced, also for readers that come meanwhile. Undefined
   * when none can be kept now: the caller makes its own.
   */
  read(
    key: string,
    produce: (signal: AbortSignal) => Promise<Production<About>>,
  ): (Reading<About> & { readonly origin: Origin }) | undefined;
  /** Drops all that is kept. */
  close(): void;
};

/** Each holds a descriptor. */
const MAX_COUNT = 256;
/** The longest may take this part of all the room. */
const LARGEST_PART = 0.5;

export function createRenditions<About>({ directory, maxBytes }: RenditionsOptions): Renditions<About> {
  /** Those used last come last. */
  const known = new Map<string, Rendition<About>>();

  function openFile(): KeptFile | undefined {
    if (maxBytes === 0) return undefined;
    try {
      return createKeptFile(directory);
    } catch {
      // Without a disk nothing is shared: each request makes its own.
      return undefined;
    }
  }

  function forget(key: string): void {
    known.get(key)?.drop();
    known.delete(key);
  }

  /** Drops what was not used for longest, until all fits. */
  function evict(): void {
    let bytes = known.values().reduce((sum, rendition) => sum + rendition.bytes, 0);
    for (const [key, rendition] of known) {
      if (bytes <= maxBytes && known.size <= MAX_COUNT) return;
      if (!rendition.isWhole) continue;
      bytes -= rendition.bytes;
      forget(key);
    }
  }

  return {
    read(key, produce) {
      const found = known.get(key);
      if (found !== undefined) {
        known.delete(key);
        known.set(key, found);
        return { ...found.read(), origin: found.isWhole ? 'kept' : 'joined' };
      }
      const file = openFile();
      if (file === undefined) return undefined;
      const rendition = createRendition({
        produce,
        file,
        maxBytes: maxBytes * LARGEST_PART,
        onGrown: evict,
        onUnfit: () => {
          if (known.get(key) === rendition) known.delete(key);
        },
      });
      known.set(key, rendition);
      evict();
      return { ...rendition.read(), origin: 'made' };
    },
    close() {
      for (const key of known.keys()) forget(key);
    },
  };
}
