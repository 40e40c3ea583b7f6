import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { eventually } from '../../test/support/eventually.ts';
import { childrenOf } from '../../test/support/leaks.ts';
import { startNameServer } from '../../test/support/name-server.ts';
import { storeOf } from '../../test/support/store.ts';
import { pssOf } from '../support/memory.ts';
import { type Attack, createChecks } from './attack.ts';
import { type AttackedService, startAttackedService } from './attacked-service.ts';
import { attackFor } from './attacker.ts';
import { expectServed, startBystander } from './bystander.ts';

/** Longest time for which one caller is alone, and for the first attack. */
const ALONE_SECONDS = 10;
const FIRST_SECONDS = 30;
/** The default. */
const PLACES = 50;
const GROWTH = 0.1;
/** How often the memory is measured until it is back. Between, the other caller is alone: an idle process frees nothing. */
const MEASUREMENTS = 6;
const ENDED_WITHIN_MS = 120_000;

/** A caller that takes all it can get of everything, at once. */
export const GREEDY: Attack = {
  about: 'one caller takes places, spool, CPU, events, lookups, rows, ids and uploads; another is served as if alone',
  async run({ seconds, slack }) {
    const checks = createChecks();
    await using names = await startNameServer({});
    await using service = await startAttackedService({
      SOURCE_DNS_SERVERS: names.server,
      // A short attack reaches a lower limit.
      MAX_CONCURRENT_STREAMS: String(Math.min(PLACES, Math.ceil(seconds))),
    });
    const [greedy, other] = await Promise.all(
      ['greedy', 'other'].map((subject) => service.key(['transcode'], { subject })),
    );
    const attack = (lasts: number) =>
      attackFor<Readonly<Record<string, number>>>(new URL('greedy-process.ts', import.meta.url), {
        args: [service.url, greedy ?? ''],
        seconds: lasts,
      });
    const caller = { url: service.url, key: other ?? '' };

    async function settledBytes(): Promise<number> {
      await using bystander = await startBystander(caller);
      await delay(Math.min(ALONE_SECONDS, seconds / 2) * 1_000);
      await bystander.report();
      return await idleBytes(service);
    }

    // The first attack compiles code and fills what is bounded, such as the list of recent records.
    const fresh = await settledBytes();
    await attack(Math.min(FIRST_SECONDS, seconds / 2));
    const before = await settledBytes();

    await using bystander = await startBystander(caller);
    const outcomes = await attack(seconds);
    const figures = expectServed(checks, await bystander.report(), slack);
    const refused = Object.keys(outcomes).filter((outcome) => / (429|503) /.test(outcome));
    checks.expect(refused.length > 0, `the greedy caller was refused nothing: ${Object.keys(outcomes).join(', ')}`);

    const rows = await refusedRows(service);
    checks.expect(rows === 0, `${rows} rows of refused sources`);
    const most = before * (1 + GROWTH * slack);
    let after = await settledBytes();
    for (let count = 1; count < MEASUREMENTS && after > most; count += 1) after = await settledBytes();
    const memory = `memory ${megabytes(fresh)}, ${megabytes(before)} → ${megabytes(after)} MB`;
    checks.expect(after <= most, memory);
    const got = Object.entries(outcomes).map(([outcome, count]) => `${count} × ${outcome}`);
    return checks.result(`${figures}; ${memory}; the greedy one got ${got.join(', ')}`);
  },
};

/** The memory of the host once no ffmpeg runs any more. */
async function idleBytes({ hostPid }: AttackedService): Promise<number> {
  await eventually(
    () => {
      const left = childrenOf(hostPid);
      if (left.length > 0) throw new Error(`${left.length} ffmpegs are still running`);
    },
    { withinMs: ENDED_WITHIN_MS },
  );
  return pssOf(hostPid);
}

async function refusedRows({ databaseUrl }: AttackedService): Promise<number> {
  await using cleanUp = new AsyncDisposableStack();
  const { database } = storeOf({ after: (close) => cleanUp.defer(close) }, databaseUrl);
  const refused = await database.run((db) =>
    db.selectFrom('transcodes').select('id').where(sql`error ->> 'code'`, '=', 'SOURCE_FORBIDDEN').execute(),
  );
  return refused.length;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
