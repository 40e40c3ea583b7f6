import { ROUTES } from '#lib/api/routes.ts';
import type { RouteEntry } from '#lib/http/route-entry.ts';
import { call } from '../../test/support/client.ts';
import { HOSTILE_VALUES } from '../fuzz/hostile-values.ts';
import { asAttacker } from './attacker.ts';
import type { BodiesReport } from './bodies.ts';

/** Sends hostile bodies to every route over several connections, half of them with credentials: `bodies-process.ts URL KEY`. */
const BODY_BYTES = 65_536;
const CONNECTIONS = 20;
/** An address of the attacker, so that the other caller has an address and its limit to itself. */
const ATTACKER = '127.0.0.2';

const FIELDS = ['grant_type', 'client_secret', 'source_url', 'output_format', 'filters', 'scopes', 'name', 'unknown'];
const ID = '0198f3c2-6d1e-7a54-9c0b-2f6f1c1f7a10';
const VALUES = Object.values(HOSTILE_VALUES);
const ALL: readonly RouteEntry[] = Object.values(ROUTES).flatMap((table): RouteEntry[] => Object.values(table));
const WITH_BODY = ALL.filter(({ body }) => body !== undefined);

const [url = '', key = ''] = process.argv.slice(2);

await asAttacker(async (signal): Promise<BodiesReport> => {
  const statuses = new Set<number>();
  let sent = 0;
  let largest = 0;
  async function flood(headers: Readonly<Record<string, string>>): Promise<void> {
    while (!signal.aborted) {
      const { method, path, body } = request(sent++);
      const answer = await call({ url }, path, { method, body, headers, localAddress: ATTACKER });
      statuses.add(answer.status);
      largest = Math.max(largest, answer.body.length);
    }
  }
  await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, index) => flood(index % 2 === 0 ? {} : { 'x-api-key': key })),
  );
  return { sent, largest, statuses: [...statuses] };
});

/** The requests in turn: each value, alone and in each field, for each route. */
function request(turn: number): { method: string; path: string; body: string } {
  const route = WITH_BODY[turn % WITH_BODY.length];
  const rounds = Math.floor(turn / WITH_BODY.length);
  const write = VALUES[rounds % VALUES.length];
  const field = FIELDS[Math.floor(rounds / VALUES.length) % (FIELDS.length + 1)];
  if (route === undefined || write === undefined) throw new Error('there are no routes or no values');
  const [start, end] = field === undefined ? ['', ''] : [`{"${field}":`, '}'];
  const body = start + write(BODY_BYTES - start.length - end.length) + end;
  return { method: route.method, path: route.path.replaceAll(/\{\w+\}/g, ID), body };
}
