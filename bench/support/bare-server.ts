import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The least a Node server can do: an answer as long as that of `/health`. */
const body = JSON.stringify({ status: 'healthy', filler: 'x'.repeat(230) });

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.once('disconnect', () => process.exit());
process.send?.({ ready: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
