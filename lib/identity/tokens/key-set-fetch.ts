import type { FetchImplementation } from 'jose';
import { TRUST_EVERY_ADDRESS } from '#lib/sources/connection/address-policy.ts';
import { createGuardedHttp } from '#lib/sources/connection/guarded-http.ts';
import { resolveAsSystem } from '#lib/sources/connection/resolver.ts';

/** Most bytes of a key set. */
const MAX_BYTES = 1 << 20;

/**
 * Returns a function that fetches a key set within bounds of time and size, and follows no redirect. The operator has
 * named its URL, so it may be in a private network.
 */
export function createKeySetFetch(timeoutMs: number): FetchImplementation {
  const http = createGuardedHttp({
    policy: TRUST_EVERY_ADDRESS,
    resolve: resolveAsSystem,
    connectTimeoutMs: timeoutMs,
    headersTimeoutMs: timeoutMs,
  });
  return async (url, { headers, signal }) => {
    const response = await http.get(new URL(url), { headers: Object.fromEntries(headers), subject: 'jwks', signal });
    const chunks: Buffer[] = [];
    let bytes = 0;
    // Leaving the loop destroys the response.
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new Error(`the key set is larger than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    if (response.statusCode !== 200) throw new Error(`the server of the key set responded with ${response.statusCode}`);
    return new Response(Buffer.concat(chunks));
  };
}
