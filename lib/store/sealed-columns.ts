import { type Kysely, sql } from 'kysely';
import type { Place, Secrets } from '#lib/secrets/sealed.ts';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

/** A column of sealed secrets. The purpose of each is `table.column`. */
export type SealedColumn = { readonly table: string; readonly id: string; readonly column: string };

/** Every column of sealed secrets: what `npm run keys -- rotate-secrets` seals again. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [{ table: 'callback_secrets', id: 'id', column: 'sealed' }];

/** The result for one column. */
export type RotatedColumn = {
  readonly name: string;
  /** Rows that were sealed again, with the first key. */
  resealed: number;
  /** Rows that the first key had sealed already. */
  current: number;
  /** Ids of rows that no key opens. They stay as they are. */
  readonly unreadable: string[];
};

export type Rotation = {
  readonly secrets: Secrets;
  readonly columns: readonly SealedColumn[];
  readonly batchRows?: number;
};

const BATCH_ROWS = 500;

/** Seals every secret again with the first key, in batches. May run while the service runs, and again after a failure. */
export async function rotateSecrets(database: Pick<Database, 'run'>, rotation: Rotation): Promise<RotatedColumn[]> {
  const results: RotatedColumn[] = [];
  for (const column of rotation.columns) results.push(await rotateColumn(database, column, rotation));
  return results;
}

type Row = { readonly id: string; readonly sealed: string };

async function rotateColumn(
  database: Pick<Database, 'run'>,
  column: SealedColumn,
  { secrets, batchRows = BATCH_ROWS }: Rotation,
): Promise<RotatedColumn> {
  const name = `${column.table}.${column.column}`;
  const result: RotatedColumn = { name, resealed: 0, current: 0, unreadable: [] };
  for (let after: string | undefined; ; ) {
    const rows = await database.run((db) => rowsAfter(db, column, { after, limit: batchRows }));
    for (const { id, sealed } of rows) {
      const again = sealAgain(sealed, { secrets, place: { purpose: name, id } });
      if (again === undefined) result.unreadable.push(id);
      else if (again === sealed) result.current += 1;
      else if (await database.run((db) => replace(db, column, { id, sealed, again }))) result.resealed += 1;
    }
    after = rows.at(-1)?.id;
    if (after === undefined) return result;
  }
}

/** Returns undefined when no key opens the secret. */
function sealAgain(
  sealed: string,
  { secrets, place }: { readonly secrets: Secrets; readonly place: Place },
): string | undefined {
  try {
    const secret = secrets.open(sealed, place);
    return secrets.isCurrent(sealed) ? sealed : secrets.seal(secret, place);
  } catch {
    return undefined;
  }
}

async function rowsAfter(
  db: Kysely<Tables>,
  { table, id, column }: SealedColumn,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Row[]> {
  const start = after === undefined ? sql`true` : sql`${sql.ref(id)} > ${after}`;
  const { rows } = await sql<Row>`
    SELECT ${sql.ref(id)} AS id, ${sql.ref(column)} AS sealed FROM ${sql.table(table)}
    WHERE ${sql.ref(column)} IS NOT NULL AND ${start} ORDER BY ${sql.ref(id)} LIMIT ${limit}`.execute(db);
  return rows;
}

/** Returns whether the row still held the secret: the service may have replaced it meanwhile. */
async function replace(
  db: Kysely<Tables>,
  { table, id, column }: SealedColumn,
  row: Row & { readonly again: string },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${row.again}
    WHERE ${sql.ref(id)} = ${row.id} AND ${sql.ref(column)} = ${row.sealed}`.execute(db);
  return numAffectedRows === 1n;
}
