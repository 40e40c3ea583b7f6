import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { v7 as uuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import { createBuildNotice } from '#lib/services/job-build.ts';
import { beat } from '#lib/store/instances.ts';
import { CAPABLE } from '../../support/job-facts.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { storeOf } from '../../support/store.ts';

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

/** `row` returns what the database has about the instance, with the version of the row. */
function open(test: TestContext) {
  const store = storeOf(test, postgres.url);
  const instance = { id: uuid(), name: 'a', runnerKinds: ['jobs'] };
  let found = 0;
  let isInstalled = true;
  const note = createBuildNotice({
    ...{ store, instance },
    async programs() {
      found += 1;
      if (!isInstalled) throw new AppError('UNAVAILABLE', {});
      return { ffmpeg: { capabilities: { ...CAPABLE, encoders: new Set(['libx264']), filters: new Set(['scale']) } } };
    },
  });
  return {
    note,
    install: (is: boolean) => {
      isInstalled = is;
    },
    found: () => found,
    beat: () => store.database.run((db) => beat(db, instance)),
    forget: () => query(postgres.url, `delete from instances where id = '${instance.id}'`),
    row: async () =>
      (await query(postgres.url, `select job_build, xmin::text from instances where id = '${instance.id}'`))[0],
  };
}

describe('the ffmpeg of a runner', () => {
  it('is recorded again when the row of the runner was deleted and written anew', async (test) => {
    const { note, beat: live, forget, row, found } = open(test);
    await live();
    await note();
    const build = (await row())?.['job_build'];
    assert.match(String(build), /^5\.1 [\w-]{16}$/);
    await forget();
    await live();
    assert.equal((await row())?.['job_build'], null);
    await note();
    assert.equal((await row())?.['job_build'], build);
    assert.equal(found(), 1);
  });

  it('is recorded after the first beat, and then costs no write', async (test) => {
    const { note, beat: live, row } = open(test);
    await note();
    assert.equal(await row(), undefined);
    await live();
    await note();
    const noted = await row();
    assert.notEqual(noted?.['job_build'], null);
    await note();
    assert.deepEqual(await row(), noted);
  });

  it('is looked for again after it was not found', async (test) => {
    const { note, beat: live, row, install } = open(test);
    await live();
    install(false);
    await assert.rejects(note(), { code: 'UNAVAILABLE' });
    install(true);
    await note();
    assert.notEqual((await row())?.['job_build'], null);
  });
});
