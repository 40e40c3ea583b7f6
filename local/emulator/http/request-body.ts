import type { IncomingMessage } from 'node:http';

/** Whether a request announces a body (RFC 9112, 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

export type RequestBody =
  | { readonly kind: 'complete'; readonly bytes: Buffer }
  | { readonly kind: 'too_large'; readonly beginning: Buffer }
  | { readonly kind: 'aborted' };

/**
 * Reads a complete body. Over `limitBytes` it discards the rest as it arrives, so that the client can read the
 * response. When Content-Length is already over the limit, it keeps nothing unless `wantsBeginning`.
 */
export function readBody(
  request: IncomingMessage,
  { limitBytes, wantsBeginning }: { readonly limitBytes: number; readonly wantsBeginning: boolean },
): Promise<RequestBody> {
  const { promise, resolve } = Promise.withResolvers<RequestBody>();
  const chunks: Buffer[] = [];
  let received = 0;
  const refuse = (): void => {
    request.removeAllListeners('data');
    request.resume();
    resolve({ kind: 'too_large', beginning: joined(chunks).subarray(0, limitBytes + 1) });
  };
  request.once('end', () => resolve({ kind: 'complete', bytes: joined(chunks) }));
  request.once('close', () => resolve({ kind: 'aborted' }));
  request.once('error', () => resolve({ kind: 'aborted' }));
  if (!wantsBeginning && Number(request.headers['content-length'] ?? 0) > limitBytes) refuse();
  else {
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      chunks.push(chunk);
      if (received > limitBytes) refuse();
    });
  }
  return promise;
}

function joined(chunks: Buffer[]): Buffer {
  const [only] = chunks;
  return only && chunks.length === 1 ? only : Buffer.concat(chunks);
}
