import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { createLog } from '#lib/log.ts';
import { openDatabase } from '#lib/store/database.ts';
import { living } from '#lib/store/instances.ts';
import { keepPresence } from '#lib/store/presence.ts';
import { emptyDatabase } from '../../support/empty-database.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

/** Returns an instance that beats often, on its own database. */
async function start(test: TestContext, { beatMs = 50, timeoutMs = 10_000 } = {}) {
  const told = { beats: 0, sweeps: 0, stops: 0 };
  const count = (what: keyof typeof told) => async () => {
    told[what] += 1;
  };
  let away = () => {};
  const database = openDatabase({
    url: await emptyDatabase(postgres.url),
    maxConnections: 3,
    connectTimeoutMs: timeoutMs,
    queryTimeoutMs: timeoutMs,
    onAway: () => away(),
  });
  const instance = { id: uuid(), name: 'host-1' };
  const presence = keepPresence({
    database,
    instance,
    log: createLog({ level: 'silent' }),
    sweepers: [count('sweeps')],
    onBeat: count('beats'),
    onStop: count('stops'),
    beatMs,
    retryMs: 50,
  });
  away = presence.check;
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= presence.stop();
    return stopping;
  };
  test.after(async () => {
    await stop();
    await database.close();
  });
  /** Makes the last beat look `seconds` old. */
  const age = (seconds: number) =>
    database.run((db) =>
      db
        .updateTable('instances')
        .set({ seen_at: sql<Date>`now() - make_interval(secs => ${seconds})` })
        .where('id', '=', instance.id)
        .execute(),
    );
  const isLiving = async () =>
    (await database.run((db) => living(db, 15).execute())).some(({ id }) => id === instance.id);
  return { presence, told, stop, age, isLiving };
}

describe('an instance that is present', () => {
  it('beats regularly, and records its end', async (test) => {
    const { presence, told, stop, age, isLiving } = await start(test);
    await presence.known;
    assert.equal(presence.problem(), undefined);
    assert.equal(await isLiving(), true);
    await age(100);
    await eventually(async () => assert.equal(await isLiving(), true));
    await eventually(() => assert.ok(told.beats > 2));
    await stop();
    assert.equal(await isLiving(), false);
    assert.equal(told.stops, 1);
  });

  it('sweeps only after the database was up for the time that other instances may be silent', async (test) => {
    const { told } = await start(test);
    const startedAt = performance.now();
    await eventually(() => assert.ok(told.beats > 20));
    assert.equal(told.sweeps, 0);
    await eventually(() => assert.ok(told.sweeps > 0), { withinMs: 25_000 });
    const seconds = (performance.now() - startedAt) / 1_000;
    assert.ok(seconds > 14 && seconds < 20, `${seconds} s`);
  });

  it('notices at once that the database is down, and soon that it is back', async (test) => {
    // The next regular beat would be much later.
    const { presence, isLiving } = await start(test, { beatMs: 60_000 });
    await eventually(async () => assert.equal(await isLiving(), true));
    await postgres.kill();
    await eventually(() => assert.equal(presence.problem(), 'the database does not respond'), { withinMs: 1_000 });
    await postgres.start();
    await eventually(() => assert.equal(presence.problem(), undefined), { withinMs: 2_000 });
  });

  it('notices that the database no longer responds', async (test) => {
    const { presence, isLiving } = await start(test, { timeoutMs: 2_000 });
    await eventually(async () => assert.equal(await isLiving(), true));
    const all = [postgres.pid(), ...childrenOf(postgres.pid())];
    for (const pid of all) signal(pid, 'SIGSTOP');
    await eventually(() => assert.equal(presence.problem(), 'the database does not respond'));
    for (const pid of all) signal(pid, 'SIGCONT');
    await eventually(() => assert.equal(presence.problem(), undefined));
  });

  it('can be stopped while the database is down', async (test) => {
    const { presence, stop, told } = await start(test);
    await presence.known;
    await postgres.kill();
    await eventually(() => assert.equal(presence.problem(), 'the database does not respond'));
    await stop();
    assert.equal(told.stops, 0);
    await postgres.start();
  });
});

describe('an instance whose user or password the database refuses', () => {
  it('logs one line per change of the state, which names what is wrong and no secret', async (test) => {
    const postgres = await startPostgres(test);
    const url = new URL(postgres.url);
    url.password = 'wrong-password';
    let attempts = 0;
    const database = openDatabase({
      url: url.href,
      maxConnections: 1,
      connectTimeoutMs: 2_000,
      queryTimeoutMs: 2_000,
      onAway: () => {
        attempts += 1;
      },
    });
    const lines: string[] = [];
    const log = createLog({ level: 'warn', destination: { write: (line) => void lines.push(line) } });
    const nothing = async () => undefined;
    const instance = { id: uuid(), name: 'host-1' };
    const presence = keepPresence({
      database,
      instance,
      log,
      sweepers: [],
      onBeat: nothing,
      onStop: nothing,
      retryMs: 20,
    });
    test.after(async () => {
      await presence.stop();
      await database.close();
    });
    await eventually(() => assert.ok(attempts > 3));
    await postgres.kill();
    await eventually(() => assert.equal(lines.length, 2));
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)).map(({ level, store, msg, err }) => ({ level, store, msg, err })),
      ['the database refuses the user or the password in DATABASE_URL', 'the database does not respond'].map((msg) => ({
        level: 'warn',
        store: 'failed',
        msg,
        err: undefined,
      })),
    );
    assert.doesNotMatch(lines.join(''), /wrong-password/);
  });
});

/** Sends a signal. A process of the server may have exited already. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}
