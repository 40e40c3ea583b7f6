import { type Client, createClient } from '../../../client/client.ts';
import type { ClientOptions } from '../../../client/options.ts';

export type Warning = Readonly<Record<string, unknown>> & { readonly message: string };

/** A client that keeps its warnings; `using` closes it. */
export type TestClient = Client & Disposable & { readonly warnings: readonly Warning[] };

/** The servers of the tests are on this machine. */
export const OWN_NETWORKS = { sourceAllowedNetworks: ['127.0.0.0/8'] } as const;

export function testClient(options: ClientOptions): TestClient {
  const warnings: Warning[] = [];
  const log = { warn: (fields: object, message: string) => void warnings.push({ ...fields, message }) };
  const fallback = options.fallback !== false && { ...OWN_NETWORKS, ...options.fallback };
  const client = createClient({ log, ...options, fallback });
  return { ...client, warnings, [Symbol.dispose]: client.close };
}

/** Reads the whole stream; calls `run` once, when `at` bytes have arrived. */
export async function readAudio(
  audio: AsyncIterable<Buffer>,
  { at, run }: { at: number; run: () => void | Promise<void> } = {
    at: Number.POSITIVE_INFINITY,
    run: () => undefined,
  },
): Promise<{ bytes: Buffer; longestWaitMs: number }> {
  const chunks: Buffer[] = [];
  let length = 0;
  let longestWaitMs = 0;
  let waitingSince = performance.now();
  for await (const chunk of audio) {
    longestWaitMs = Math.max(longestWaitMs, performance.now() - waitingSince);
    const before = length;
    chunks.push(chunk);
    length += chunk.length;
    if (before < at && length >= at) await run();
    waitingSince = performance.now();
  }
  return { bytes: Buffer.concat(chunks), longestWaitMs };
}
