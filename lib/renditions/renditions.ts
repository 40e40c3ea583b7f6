import { createKeptFile, type KeptFile } from './kept-file.ts';
import type { Reading } from './reading.ts';
import { createRendition, type Production, type Rendition } from './rendition.ts';

export type RenditionsOptions = {
  /** The folder in which renditions are stored. */
  readonly directory: string;
  /** Most bytes that all renditions may use there. With 0, none is kept or shared. */
  readonly maxBytes: number;
};

/** Whether a rendition was started for this reader, was already being produced for others, or was complete. */
export type Origin = 'made' | 'joined' | 'kept';

/** Renditions that are being produced or were produced recently. Their keys cover everything they depend on. */
export type Renditions<About> = {
  /**
   * Reads the rendition of this key. If there is none, produces it; later readers share it. Returns undefined when no
   * rendition can be stored: the caller then produces its own audio.
   */
  read(
    key: string,
    produce: (signal: AbortSignal) => Promise<Production<About>>,
  ): (Reading<About> & { readonly origin: Origin }) | undefined;
  /** Drops all renditions. */
  close(): void;
};

/** Each rendition uses a file descriptor. */
const MAX_COUNT = 256;
/** Largest share of `maxBytes` that a single rendition may use. */
const LARGEST_PART = 0.5;

export function createRenditions<About>({ directory, maxBytes }: RenditionsOptions): Renditions<About> {
  /** Ordered by last use, the most recent last. */
  const known = new Map<string, Rendition<About>>();

  function openFile(): KeptFile | undefined {
    if (maxBytes === 0) return undefined;
    try {
      return createKeptFile(directory);
    } catch {
      // Without a disk nothing is shared: each request produces its own audio.
      return undefined;
    }
  }

  function forget(key: string): void {
    known.get(key)?.drop();
    known.delete(key);
  }

  /** Drops the least recently used renditions until the rest fits. */
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
