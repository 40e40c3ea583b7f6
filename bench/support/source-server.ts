import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves one file over HTTP, from memory and with ranges, in a process of its own: `source-server.ts FILE`. */
const file = process.argv[2] ?? '';
const bytes = await readFile(file);

const server = createServer((request, response) => {
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = bytes.subarray(start);
  response.writeHead(request.headers.range === undefined ? 200 : 206, {
    'content-type': 'audio/mpeg',
    'content-length': part.length,
    'accept-ranges': 'bytes',
    'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
  });
  response.end(part);
});
server.on('clientError', () => undefined);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.once('disconnect', () => process.exit());
process.send?.({ ready: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
