import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A minimal Node server: `bare-server.ts HEADERS BODY` always sends this response. */
const headers = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const body = process.argv[3] ?? '';

const server = createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(body);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.once('disconnect', () => process.exit());
process.send?.({ ready: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
