import { ROUTES } from '#lib/api/routes.ts';
import type { RouteEntry } from '#lib/http/route-entry.ts';
import { call } from '../../test/support/client.ts';
import { HOSTILE_VALUES } from '../fuzz/hostile-values.ts';
import { type Attack, createChecks } from './attack.ts';
import { startAttackedService } from './attacked-service.ts';
import { expectServed, startBystander } from './bystander.ts';

const BODY_BYTES = 65_536;
const CONNECTIONS = 20;
const LARGEST_ERROR = 4_096;
const ATTACK_SECONDS = 30;
/** An address of the attacker, so that the other caller has an address and its limit to itself. */
const ATTACKER = '127.0.0.2';

const FIELDS = ['grant_type', 'client_secret', 'source_url', 'output_format', 'filters', 'scopes', 'name', 'unknown'];
const ID = '0198f3c2-6d1e-7a54-9c0b-2f6f1c1f7a10';
const VALUES = Object.values(HOSTILE_VALUES);
const ALL: readonly RouteEntry[] = Object.values(ROUTES).flatMap((table): RouteEntry[] => Object.values(table));
const WITH_BODY = ALL.filter(({ body }) => body !== undefined);

/** Bodies that are cheap to send and expensive to read. */
export const BODIES: Attack = {
  about: 'hostile bodies at the size limit on every route, with and without credentials, while a live stream plays',
  async run({ seconds, slack }) {
    const checks = createChecks();
    await using service = await startAttackedService({
      RATE_LIMIT_PER_CALLER: '1000000',
      RATE_LIMIT_PER_ADDRESS: '1000000',
    });
    const [attacker, other] = await Promise.all([service.key(['transcode', 'admin']), service.key(['transcode'])]);
    await using bystander = await startBystander({ url: service.url, key: other });

    const endsAt = performance.now() + Math.min(seconds, ATTACK_SECONDS) * 1_000;
    let sent = 0;
    let largest = 0;
    const statuses = new Set<number>();
    async function attack(headers: Readonly<Record<string, string>>): Promise<void> {
      while (performance.now() < endsAt) {
        const { method, path, body } = request(sent++);
        const answer = await call(service, path, { method, body, headers, localAddress: ATTACKER });
        statuses.add(answer.status);
        largest = Math.max(largest, answer.body.length);
      }
    }
    await Promise.all(
      Array.from({ length: CONNECTIONS }, (_, index) => attack(index % 2 === 0 ? {} : { 'x-api-key': attacker })),
    );
    const figures = expectServed(checks, await bystander.report(), slack);
    checks.expect(!statuses.has(500), 'a body caused an INTERNAL_ERROR');
    checks.expect(largest <= LARGEST_ERROR, `a response has ${largest} bytes`);
    return checks.result(`${sent} bodies; ${figures}; largest response ${largest} bytes`);
  },
};

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
