import { type Attack, createChecks } from './attack.ts';
import { startAttackedService } from './attacked-service.ts';
import { attackFor } from './attacker.ts';
import { expectServed, startBystander } from './bystander.ts';

export type BodiesReport = { readonly sent: number; readonly largest: number; readonly statuses: readonly number[] };

const LARGEST_ERROR = 4_096;
const LONGEST_SECONDS = 30;
const UNLIMITED = '1000000';

/** Bodies that are cheap to send and expensive to read. */
export const BODIES: Attack = {
  about: 'hostile bodies at the size limit on every route, with and without credentials, while a live stream plays',
  async run({ seconds, slack }) {
    const checks = createChecks();
    await using service = await startAttackedService({
      RATE_LIMIT_PER_CALLER: UNLIMITED,
      RATE_LIMIT_PER_ADDRESS: UNLIMITED,
    });
    const [attacker, other] = await Promise.all([service.key(['transcode', 'admin']), service.key(['transcode'])]);
    await using bystander = await startBystander({ url: service.url, key: other });
    const { sent, largest, statuses } = await attackFor<BodiesReport>(new URL('bodies-process.ts', import.meta.url), {
      args: [service.url, attacker],
      seconds: Math.min(seconds, LONGEST_SECONDS),
    });
    const figures = expectServed(checks, await bystander.report(), slack);
    checks.expect(!statuses.includes(500), 'a body caused an INTERNAL_ERROR');
    checks.expect(statuses.includes(401) && statuses.includes(422), `statuses: ${statuses.join(', ')}`);
    checks.expect(largest <= LARGEST_ERROR, `a response has ${largest} bytes`);
    return checks.result(`${sent} bodies; ${figures}; largest response ${largest} bytes`);
  },
};
