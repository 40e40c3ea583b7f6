import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems use for outgoing connections (Linux from 32768). A client that tries to connect while
 * the server is down must not get the server's port as its own.
 */
const FIRST_PORT = 15_000;
const PORTS = 15_000;
const ATTEMPTS = 50;

/** Returns a free port of 127.0.0.1, which stays free while its server restarts. */
export async function freeStablePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port was found between ${FIRST_PORT} and ${FIRST_PORT + PORTS}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    await once(server.close(), 'close');
    return true;
  } catch {
    return false;
  }
}
