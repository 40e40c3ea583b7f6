import type { Bucket } from './bucket.ts';

/** An upload that was started and may still arrive. */
type Expected = { readonly bytes: number; readonly until: number };

export type StoredUploads = {
  /** Returns what is stored under a prefix and what may still arrive: bytes, and the number of started uploads. */
  usage(bucket: Bucket, prefix: string): Promise<{ readonly bytes: number; readonly open: number }>;
  /** An upload was started. It counts until it is seen in the bucket, or can no longer arrive. */
  started(prefix: string, key: string, upload: Expected): void;
  /** The upload is complete or aborted. The next `usage` looks into the bucket. */
  ended(prefix: string, key: string): void;
};

/** Time for which a listing is used again, ms. */
const FRESH_MS = 10_000;
/** Callers whose uploads are remembered. */
const MOST_PREFIXES = 10_000;

type Known = { listed: number; at: number; readonly expected: Map<string, Expected> };

/** Adds up the stored uploads of callers, from listings of the bucket that are at most ten seconds old. */
export function createStoredUploads(): StoredUploads {
  const known = new Map<string, Known>();

  function knownOf(prefix: string): Known {
    const found = known.get(prefix) ?? { listed: 0, at: Number.NEGATIVE_INFINITY, expected: new Map() };
    known.delete(prefix);
    known.set(prefix, found);
    const [oldest = prefix] = known.keys();
    if (known.size > MOST_PREFIXES) known.delete(oldest);
    return found;
  }

  async function list(bucket: Bucket, prefix: string, of: Known): Promise<void> {
    let bytes = 0;
    for await (const object of bucket.list(prefix)) {
      bytes += object.bytes;
      of.expected.delete(object.key);
    }
    of.listed = bytes;
    of.at = performance.now();
  }

  return {
    async usage(bucket, prefix) {
      const of = knownOf(prefix);
      if (performance.now() - of.at > FRESH_MS) await list(bucket, prefix, of);
      for (const [key, { until }] of of.expected) if (until <= Date.now()) of.expected.delete(key);
      const coming = [...of.expected.values()];
      return { bytes: coming.reduce((sum, { bytes }) => sum + bytes, of.listed), open: coming.length };
    },
    started: (prefix, key, upload) => void knownOf(prefix).expected.set(key, upload),
    ended(prefix, key) {
      const of = knownOf(prefix);
      of.expected.delete(key);
      of.at = Number.NEGATIVE_INFINITY;
    },
  };
}
