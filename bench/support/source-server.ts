import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { serve } from '../../test/support/http-source.ts';

/**
 * Serves files over HTTP from memory, with ranges and strong validators, in a separate process:
 * `source-server.ts FILE…`. `/N` is the Nth. Each query is a different source with its own ETag.
 */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.mp3': 'audio/mpeg',
  '.opus': 'audio/ogg',
  '.aac': 'audio/aac',
  '.wav': 'audio/wav',
  '.flac': 'audio/flac',
};

const files = process.argv.slice(2).map((file) => {
  const bytes = readFileSync(file);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { bytes, digest, type: MEDIA_TYPES[extname(file)] ?? 'application/octet-stream' };
});

const server = createServer((request, response) => {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const file = files[Number(pathname.slice(1))];
  if (file === undefined) {
    response.writeHead(404).end();
    return;
  }
  const etag = `"${createHash('sha256').update(`${file.digest}${search}`).digest('hex')}"`;
  serve(file.bytes, { headers: { 'content-type': file.type, 'accept-ranges': 'bytes', etag } })(request, response);
});
server.on('clientError', () => undefined);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.once('disconnect', () => process.exit());
process.send?.({ ready: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
