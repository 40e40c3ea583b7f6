import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A process of its own, so that it measures the service and not itself: a hundred clients with open connections ask for
 * jobs at the same time, again and again, until they are told to stop. Then it sends the times of the answers, ms.
 */
const CLIENTS = 100;
/** Time between two rounds of requests, ms. */
const PAUSE_MS = 500;

const [url = '', list = ''] = process.argv.slice(2);
const ids = list.split(',');
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
const stopping = new AbortController();
process.once('message', () => stopping.abort());

async function ask(id: string): Promise<number> {
  const startedAt = performance.now();
  const [response] = (await once(get(`${url}/api/jobs/${id}`, { agent }), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  return performance.now() - startedAt;
}

const times: number[] = [];
for (let next = 0; !stopping.signal.aborted; next += CLIENTS) {
  const asked = Array.from({ length: CLIENTS }, (_, index) => ids[(next + index) % ids.length] ?? '');
  times.push(...(await Promise.all(asked.map(ask))));
  await delay(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
}
process.send?.(times, () => process.disconnect());
agent.destroy();
