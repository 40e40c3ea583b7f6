import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { eventually } from '../../test/support/eventually.ts';
import { childrenOf } from '../../test/support/leaks.ts';
import { startNameServer } from '../../test/support/name-server.ts';
import { storeOf } from '../../test/support/store.ts';
import { pssOf } from '../support/memory.ts';
import { type Attack, createChecks } from './attack.ts';
import { type AttackedService, startAttackedService } from './attacked-service.ts';
import { expectServed, startBystander } from './bystander.ts';

/** How long the other caller is alone, before the memory of the host is measured. */
const ALONE_SECONDS = 10;
const GROWTH = 1.1;
const SETTLED_WITHIN_MS = 120_000;

/** A caller that takes all it can get of everything, at once. */
export const GREEDY: Attack = {
  about:
    'one caller takes places, spool, CPU, event streams, name lookups, rows, ids and uploads; the other notices nothing',
  async run({ seconds, slack }) {
    const checks = createChecks();
    await using names = await startNameServer({});
    await using service = await startAttackedService({ SOURCE_DNS_SERVERS: names.server });
    const [greedy, other] = await Promise.all([
      service.key(['transcode'], { subject: 'greedy' }),
      service.key(['transcode'], { subject: 'other' }),
    ]);

    await servedFor({ url: service.url, key: other, seconds: Math.min(ALONE_SECONDS, seconds) });
    const before = await idleBytes(service);

    await using bystander = await startBystander({ url: service.url, key: other });
    const tally = await attackFor({ url: service.url, key: greedy, seconds });
    const figures = expectServed(checks, await bystander.report(), slack);
    const busy = Object.entries(tally).map(([outcome, count]) => `${count} × ${outcome}`);
    console.log(`        the greedy caller got ${busy.join(', ')}`);

    const rows = await refusedRows(service);
    checks.expect(rows === 0, `${rows} rows of refused sources`);
    const after = await eventually(
      async () => {
        const bytes = await idleBytes(service);
        if (bytes > before * GROWTH) throw new Error(`${megabytes(bytes)} MB of memory, ${megabytes(before)} before`);
        return bytes;
      },
      { withinMs: SETTLED_WITHIN_MS },
    ).catch((error: Error) => {
      checks.expect(false, error.message);
      return idleBytes(service);
    });
    return checks.result(`${figures}, memory ${megabytes(before)} → ${megabytes(after)} MB`);
  },
};

type Call = { readonly url: string; readonly key: string; readonly seconds: number };

export async function servedFor({ seconds, ...caller }: Call): Promise<void> {
  await using bystander = await startBystander(caller);
  await delay(seconds * 1_000);
  await bystander.report();
}

export async function attackFor({ url, key, seconds }: Call): Promise<Readonly<Record<string, number>>> {
  const child = fork(new URL('greedy-process.ts', import.meta.url), [url, key], { execArgv: [] });
  const exited = once(child, 'exit');
  try {
    await delay(seconds * 1_000);
    const reported = once(child, 'message');
    child.send('stop');
    const [tally] = (await Promise.race([reported, exited.then(() => [{}])])) as [Readonly<Record<string, number>>];
    return tally;
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

/** The memory of the host once no ffmpeg runs any more. */
export async function idleBytes({ hostPid }: AttackedService): Promise<number> {
  await eventually(
    () => {
      const left = childrenOf(hostPid);
      if (left.length > 0) throw new Error(`${left.length} ffmpegs are still running`);
    },
    { withinMs: SETTLED_WITHIN_MS },
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
