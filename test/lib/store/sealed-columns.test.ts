import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createSecrets, type SecretsKey } from '#lib/secrets/sealed.ts';
import { rotateSecrets, SEALED_COLUMNS, type SealedColumn } from '#lib/store/sealed-columns.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { storeOf } from '../../support/store.ts';

const COLUMN: SealedColumn = { table: 'passphrases', id: 'stream', column: 'sealed' };
const PURPOSE = 'passphrases.sealed';
const key = (id: string): SecretsKey => ({ id, key: randomBytes(32) });
const [OLD, NEW, LOST] = [key('old'), key('new'), key('lost')];

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
  await query(postgres.url, 'CREATE TABLE passphrases (stream uuid PRIMARY KEY, sealed text)');
});
after(() => postgres.stop());

async function insert(sealed: string | null, id: string): Promise<void> {
  const value = sealed === null ? 'NULL' : `'${sealed}'`;
  await query(postgres.url, `INSERT INTO passphrases VALUES ('${id}', ${value})`);
}

describe('the rotation of sealed secrets', () => {
  it('seals each secret again in its row, in batches, and leaves what no key opens', async (test) => {
    const { database } = storeOf(test, postgres.url);
    const ids = Array.from({ length: 7 }, () => randomUUID());
    for (const id of ids) await insert(createSecrets([OLD]).seal(`secret ${id}`, { purpose: PURPOSE, id }), id);
    const [current, empty, lost, moved] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    await insert(createSecrets([NEW]).seal('current', { purpose: PURPOSE, id: current }), current);
    await insert(null, empty);
    await insert(createSecrets([LOST]).seal('lost', { purpose: PURPOSE, id: lost }), lost);
    await insert(createSecrets([NEW]).seal('moved', { purpose: PURPOSE, id: current }), moved);
    const rotation = { secrets: createSecrets([NEW, OLD]), columns: [COLUMN], batchRows: 3 };
    const [first] = await rotateSecrets(database, rotation);
    assert.deepEqual(
      { ...first, unreadable: first?.unreadable.toSorted() },
      { name: PURPOSE, resealed: 7, current: 1, unreadable: [lost, moved].toSorted() },
    );
    const rows = await query(postgres.url, 'SELECT stream, sealed FROM passphrases');
    const only = createSecrets([NEW]);
    for (const id of ids) {
      const sealed = String(rows.find(({ stream }) => stream === id)?.['sealed']);
      assert.equal(only.open(sealed, { purpose: PURPOSE, id }), `secret ${id}`);
    }
    const [again] = await rotateSecrets(database, rotation);
    assert.partialDeepStrictEqual(again, { resealed: 0, current: 8 });
  });

  it('knows only columns that exist', async (test) => {
    const { database } = storeOf(test, postgres.url);
    await rotateSecrets(database, { secrets: createSecrets([NEW]), columns: SEALED_COLUMNS });
  });
});
