import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { v7 as uuid } from 'uuid';
import type { Database } from '#lib/store/database.ts';
import { readEvents } from '#lib/store/events.ts';
import { beat, type Instance, markEnded } from '#lib/store/instances.ts';
import { deleteEndedBefore } from '#lib/store/transcode-retention.ts';
import { closeAbandoned, findTranscode, listTranscodes, writeTranscodes } from '#lib/store/transcodes.ts';
import { PAGE_QUERY, TRANSCODE_RECORD, type TranscodeRecord } from '#lib/transcode/record.ts';
import type { TranscodeLine as JournalLine } from '#lib/transcode/tracking.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { storeOf } from '../../support/store.ts';
import { transcodeRecord } from '../../support/transcode-records.ts';

let postgres: Postgres;

before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

function databaseOf(test: TestContext): Database {
  return storeOf(test, postgres.url).database;
}

function newInstance(): Instance {
  return { id: uuid(), name: 'test' };
}

function line(record: TranscodeRecord, more: Partial<JournalLine> = {}): JournalLine {
  return { owner: 'ann', record, adjusted: [], ...more };
}

function write(database: Database, instance: Instance, ...lines: readonly JournalLine[]): Promise<void> {
  return database.run((db) => writeTranscodes(db, { instance, lines }));
}

async function eventsOf(database: Database, subject: string): Promise<[type: string, data: unknown][]> {
  const events = await database.run((db) => readEvents(db, { subject, after: '0' }));
  return events.map(({ type, data }) => [type, data]);
}

describe('the transcodes of the database', () => {
  it('are read as they were written, and can be written again', async (test) => {
    const database = databaseOf(test);
    const instance = newInstance();
    const first = transcodeRecord({
      state: 'opening',
      source_format: null,
      live: true,
      adjust: ['speed', 'pitch'],
      progress: { position_seconds: 0, duration_seconds: null, percent: null },
      metrics: { first_byte_ms: null, bytes: 0, speed: null, cpu_seconds: null },
    });
    await write(database, instance, line(first));
    const found = await database.run((db) => findTranscode(db, first.id));
    assert.deepEqual(found, { owner: 'ann', record: first, instanceId: instance.id, isInstanceAlive: true });
    const error = {
      code: 'TIMEOUT',
      message: 'NUL \0 and half \ud800',
      details: { a: [1] },
      recoverable: true,
    } as const;
    const second = transcodeRecord({ ...first, state: 'failed', error, ended_at: new Date().toISOString() });
    await write(database, instance, line(second));
    const { record } = (await database.run((db) => findTranscode(db, first.id))) ?? {};
    assert.deepEqual(TRANSCODE_RECORD.parse(record), {
      ...second,
      error: { ...error, message: 'NUL \ufffd and half \ufffd' },
    });
  });

  it('have the reason of a cancellation, which is null in old rows', async (test) => {
    const database = databaseOf(test);
    const cancelled = transcodeRecord({ state: 'cancelled', cancelled_by: 'request' });
    const old = transcodeRecord({ state: 'cancelled', cancelled_by: null });
    await write(database, newInstance(), line(cancelled), line(old));
    const records = await database.run((db) => Promise.all([cancelled, old].map(({ id }) => findTranscode(db, id))));
    assert.deepEqual(
      records.map((found) => TRANSCODE_RECORD.parse(found?.record)),
      [cancelled, old],
    );
  });

  it('have events: the latest progress, each filter change once, and one end', async (test) => {
    const database = databaseOf(test);
    const instance = newInstance();
    const record = transcodeRecord();
    const { filters, progress, metrics } = record;
    const [first, second, third] = [1, 2, 3].map((appliedAtSample) => ({ filters, appliedAtSample }));
    assert.ok(first && second && third);
    await write(database, instance, line(record));
    await write(database, instance, line(record, { adjusted: [first, second] }));
    // Like a retry after a commit whose response was lost.
    await write(database, instance, line(record, { adjusted: [second, third] }));
    const changes = [1, 2, 3].map((sample) => ['filters', { filters, applied_at_sample: sample }]);
    assert.deepEqual(await eventsOf(database, record.id), [
      ...changes,
      ['progress', { state: 'streaming', ...progress, ...metrics }],
    ]);
    const ended = { ...record, state: 'completed', ended_at: new Date().toISOString() } as const;
    await write(database, instance, line(ended));
    await write(database, instance, line(ended));
    assert.deepEqual(await eventsOf(database, record.id), [...changes, ['end', ended]]);
  });

  it('are written all or none', async (test) => {
    const database = databaseOf(test);
    const good = transcodeRecord();
    const bad = transcodeRecord({ created_at: new Date().toISOString() });
    await assert.rejects(write(database, newInstance(), line(good), line({ ...bad, created_at: 'never' })));
    assert.equal(await database.run((db) => findTranscode(db, good.id)), undefined);
  });

  it('of a dead instance are closed with the reason, and get an `end` event', async (test) => {
    const database = databaseOf(test);
    const [dead, ended, alive] = [newInstance(), newInstance(), newInstance()];
    const records = [transcodeRecord(), transcodeRecord(), transcodeRecord()] as const;
    await write(database, dead, line(records[0]));
    await write(database, ended, line(records[1]));
    await database.run((db) =>
      db
        .updateTable('instances')
        .set({ seen_at: new Date(Date.now() - 20_000) })
        .where('id', '=', dead.id)
        .execute(),
    );
    await database.run((db) => markEnded(db, ended));
    await write(database, alive, line(records[2]));
    await Promise.all([1, 2].map(() => database.run((db) => closeAbandoned(db, 15))));
    for (const { id } of records.slice(0, 2)) {
      const found = await database.run((db) => findTranscode(db, id));
      assert.equal(found?.record.state, 'failed');
      assert.equal(found?.record.error?.code, 'UNAVAILABLE');
      assert.equal(found?.record.error?.details['reason'], 'instance_gone');
      assert.equal(found?.isInstanceAlive, false);
      TRANSCODE_RECORD.parse(found?.record);
      assert.deepEqual(await eventsOf(database, id), [['end', found?.record]]);
    }
    assert.equal((await database.run((db) => findTranscode(db, records[2].id)))?.record.state, 'streaming');
  });

  it('that were closed are reopened when their instance is alive after all', async (test) => {
    const database = databaseOf(test);
    const instance = newInstance();
    const record = transcodeRecord();
    await write(database, instance, line(record));
    await database.run((db) => markEnded(db, instance));
    await database.run((db) => closeAbandoned(db, 15));
    await write(database, instance, line(record));
    const found = await database.run((db) => findTranscode(db, record.id));
    assert.deepEqual([found?.record, found?.isInstanceAlive], [record, true]);
    assert.deepEqual(
      (await eventsOf(database, record.id)).map(([type]) => type),
      ['progress'],
    );
  });

  it('are listed on pages, newest first, each once, while others are added', async (test) => {
    const database = databaseOf(test);
    const instance = newInstance();
    const owner = uuid();
    // Three per millisecond.
    const records = Array.from({ length: 12 }, (_, index) =>
      transcodeRecord({ created_at: new Date(1.7e12 + Math.floor(index / 3)).toISOString() }),
    );
    await write(database, instance, ...records.map((record) => line(record, { owner })), line(transcodeRecord()));
    const seen: TranscodeRecord[] = [];
    while (seen.length < records.length) {
      const last = seen.at(-1);
      const cursor = last === undefined ? undefined : { createdAt: new Date(last.created_at), id: last.id };
      const page = await database.run((db) =>
        listTranscodes(db, { owner, except: [], limit: 5, state: undefined, cursor }),
      );
      assert.ok(page.length > 0);
      seen.push(...page);
      await write(database, instance, line(transcodeRecord(), { owner }));
    }
    const wanted = records.toSorted((one, other) => (one.created_at + one.id < other.created_at + other.id ? 1 : -1));
    // Added ones are newer than the first page.
    assert.deepEqual(seen, wanted);
  });

  it('are listed by state, without the ids to leave out', async (test) => {
    const database = databaseOf(test);
    const owner = uuid();
    const records = (['streaming', 'completed', 'opening'] as const).map((state) => transcodeRecord({ state }));
    await write(database, newInstance(), ...records.map((record) => line(record, { owner })));
    const list = async (query: Record<string, string>, except: string[] = []) =>
      (await database.run((db) => listTranscodes(db, { ...PAGE_QUERY.parse(query), owner, except })))
        .map(({ state }) => state)
        .toSorted();
    assert.deepEqual(await list({}), ['completed', 'opening', 'streaming']);
    assert.deepEqual(await list({ state: 'active' }), ['opening', 'streaming']);
    assert.deepEqual(await list({ state: 'completed' }), ['completed']);
    assert.deepEqual(await list({}, [records[0]?.id ?? '']), ['completed', 'opening']);
  });

  it('are deleted with their events after the retention time', async (test) => {
    const database = databaseOf(test);
    const instance = newInstance();
    const day = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    const old = Array.from({ length: 7 }, () =>
      transcodeRecord({ state: 'completed', created_at: day(40), ended_at: day(40) }),
    );
    const lately = transcodeRecord({ state: 'completed', created_at: day(40), ended_at: day(2) });
    const running = transcodeRecord({ created_at: day(40) });
    await write(database, instance, ...[...old, lately, running].map((record) => line(record)));
    assert.equal(await database.run((db) => deleteEndedBefore(db, new Date(day(30)), 3)), 7);
    for (const { id } of old) {
      assert.equal(await database.run((db) => findTranscode(db, id)), undefined);
      assert.deepEqual(await eventsOf(database, id), []);
    }
    for (const { id } of [lately, running]) assert.ok(await database.run((db) => findTranscode(db, id)));
  });

  it('record with every write that their instance is alive', async (test) => {
    const database = databaseOf(test);
    const instance = newInstance();
    await database.run((db) => beat(db, instance));
    const past = new Date(Date.now() - 60_000);
    await database.run((db) =>
      db.updateTable('instances').set({ seen_at: past }).where('id', '=', instance.id).execute(),
    );
    await write(database, instance, line(transcodeRecord()));
    const row = await database.run((db) =>
      db.selectFrom('instances').select('seen_at').where('id', '=', instance.id).executeTakeFirstOrThrow(),
    );
    assert.ok(Date.now() - row.seen_at.getTime() < 10_000);
  });
});
