import type { TemporaryFolder } from '#lib/unlinked-file.ts';
import { createKeptFile, type KeptFile } from './kept-file.ts';
import type { Reading } from './reading.ts';
import { createRendition, type Production, type Rendition } from './rendition.ts';

export type RenditionsOptions = TemporaryFolder & {
  /** Most bytes that all renditions may use there. With 0, none is kept or shared. */
  readonly maxBytes: number;
};

/** Whether a rendition was started for this reader, was already being produced for others, or was complete. */
export type Origin = 'made' | 'joined' | 'kept';

export type Reader<About> = {
  /** Who reads. */
  readonly subject: string;
  readonly produce: (signal: AbortSignal) => Promise<Production<About>>;
};

export type Origins = {
  readonly origin: Origin;
  /** What the reader may know: `made`, unless the subject has read the rendition before. */
  readonly shownOrigin: Origin;
};

/** Renditions that are being produced or were produced recently. Their keys cover everything they depend on. */
export type Renditions<About> = {
  /**
   * Reads the rendition of this key. If there is none, produces it; later readers share it. Returns undefined when no
   * rendition can be stored: the caller then produces its own audio.
   */
  read(key: string, reader: Reader<About>): (Reading<About> & Origins) | undefined;
  /** Returns the bytes on disk of the renditions that were made for a subject. */
  bytesOf(subject: string): number;
  /** Returns the bytes on disk of all renditions. */
  bytes(): number;
  /** Drops all renditions. */
  close(): void;
};

/** Each rendition uses a file descriptor. */
const MAX_COUNT = 256;
/** Largest share of `maxBytes` that a single rendition may use. */
const LARGEST_PART = 0.5;
/** Subjects remembered for each rendition. */
const MAX_SUBJECTS = 100;

type Kept<About> = { readonly account: string; readonly rendition: Rendition<About> };

const NOTHING: { readonly key: string | undefined; readonly bytes: number } = { key: undefined, bytes: -1 };

export function createRenditions<About>({ maxBytes, ...folder }: RenditionsOptions): Renditions<About> {
  /** Ordered by last use, the most recent last. */
  const known = new Map<string, Kept<About>>();
  const subjectsOf = new WeakMap<Rendition<About>, Set<string>>();

  function openFile(): KeptFile | undefined {
    if (maxBytes === 0) return undefined;
    try {
      return createKeptFile(folder);
    } catch {
      // Without a disk nothing is shared: each request produces its own audio.
      return undefined;
    }
  }

  function forget(key: string): void {
    known.get(key)?.rendition.drop();
    known.delete(key);
  }

  function bytesOf(accounts: (account: string) => boolean): number {
    return known.values().reduce((sum, { account, rendition }) => sum + (accounts(account) ? rendition.bytes : 0), 0);
  }

  /**
   * Drops renditions until the rest fits: always the least recently used one of the account that has the most bytes, so
   * that no account can drive out those of others.
   */
  function evict(): void {
    while (bytesOf(() => true) > maxBytes || known.size > MAX_COUNT) {
      const whole = [...known].filter(([, { rendition }]) => rendition.isWhole);
      const byAccount = Map.groupBy(whole, ([, { account }]) => account);
      const sizes = [...byAccount].map(([account, [oldest]]) => ({
        key: oldest?.[0],
        bytes: bytesOf((each) => each === account),
      }));
      const { key } = sizes.reduce((most, next) => (next.bytes > most.bytes ? next : most), NOTHING);
      if (key === undefined) return;
      forget(key);
    }
  }

  /** Remembers that the subject reads the rendition. Returns what it may know of its origin. */
  function shown(rendition: Rendition<About>, { subject, origin }: { subject: string; origin: Origin }): Origin {
    const subjects = subjectsOf.get(rendition) ?? new Set();
    subjectsOf.set(rendition, subjects);
    if (subjects.has(subject)) return origin;
    if (subjects.size < MAX_SUBJECTS) subjects.add(subject);
    return 'made';
  }

  return {
    bytes: () => bytesOf(() => true),
    bytesOf: (subject) => bytesOf((each) => each === subject),
    read(key, { subject, produce }) {
      const found = known.get(key);
      if (found !== undefined) {
        known.delete(key);
        known.set(key, found);
        const { rendition } = found;
        const origin = rendition.isWhole ? 'kept' : 'joined';
        return { ...rendition.read(), origin, shownOrigin: shown(rendition, { subject, origin }) };
      }
      const file = openFile();
      if (file === undefined) return undefined;
      const rendition = createRendition({
        produce,
        file,
        maxBytes: maxBytes * LARGEST_PART,
        onGrown: evict,
        onUnfit: () => {
          if (known.get(key)?.rendition === rendition) known.delete(key);
        },
      });
      known.set(key, { account: subject, rendition });
      evict();
      return { ...rendition.read(), origin: 'made', shownOrigin: shown(rendition, { subject, origin: 'made' }) };
    },
    close() {
      for (const key of known.keys()) forget(key);
    },
  };
}
