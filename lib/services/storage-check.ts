import type { Check } from '#lib/health.ts';

export type StorageCheckOptions = {
  /** The S3 server; undefined when no bucket may be read. */
  readonly endpoint: string | undefined;
  readonly timeoutMs: number;
  /** Longest age of a result, ms. */
  readonly maxAgeMs: number;
};

/** Returns the last result of the check of the S3 server, and repeats the check in the background. */
export function createStorageCheck({ endpoint, timeoutMs, maxAgeMs }: StorageCheckOptions): () => Check {
  let last: Check = { status: endpoint === undefined ? 'disabled' : 'ok' };
  let askedAt = Number.NEGATIVE_INFINITY;

  async function ask(url: string): Promise<Check> {
    try {
      // Any response counts: without credentials it is a refusal.
      const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(timeoutMs) });
      await response.body?.cancel();
      return { status: 'ok' };
    } catch {
      return { status: 'failed', message: 'the S3 server does not respond' };
    }
  }

  return () => {
    const now = performance.now();
    if (endpoint !== undefined && now - askedAt > maxAgeMs) {
      askedAt = now;
      void ask(endpoint).then((check) => {
        last = check;
      });
    }
    return last;
  };
}
