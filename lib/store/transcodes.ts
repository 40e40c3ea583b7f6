import { type Kysely, sql } from 'kysely';
import { AppError } from '#lib/errors.ts';
import type { PageQuery, TranscodeRecord } from '#lib/transcode/record.ts';
import type { TranscodeLine } from '#lib/transcode/tracking.ts';
import type { Stored } from '#lib/work/owned.ts';
import { failureRecord } from '#lib/work/record.ts';
import { appendEvents, removeEvents } from './events.ts';
import { beat, type Instance, living, STALE_SECONDS } from './instances.ts';
import { toJsonb } from './json.ts';
import { olderThan } from './older-than.ts';
import type { Tables } from './tables.ts';
import { endEvent, eventsOf, recordOf } from './transcode-rows.ts';

/**
 * Writes the transcodes of an instance, and that it is alive, in one transaction. The instance is the authority: a row
 * that others closed because the instance was silent is reopened.
 */
export async function writeTranscodes(
  db: Kysely<Tables>,
  { instance, lines }: { readonly instance: Instance; readonly lines: readonly TranscodeLine[] },
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    // In the same order in which other instances close them, to avoid deadlocks.
    const rows = lines.map(({ owner, record }) => ({ ...record, owner })).toSorted(byId);
    await sql`
      insert into transcodes (id, owner, instance_id, state, source_format, output_format, live, adjust, filters,
        progress, metrics, error, cancelled_by, created_at, ended_at)
      select id, owner, ${instance.id}::uuid, state, source_format, output_format, live,
        array(select jsonb_array_elements_text(adjust)), filters, progress, metrics, error, cancelled_by,
        created_at, ended_at
      from jsonb_to_recordset(${toJsonb(rows)}::jsonb) as line (id uuid, owner text, state text, source_format text,
        output_format text, live boolean, adjust jsonb, filters jsonb, progress jsonb, metrics jsonb, error jsonb,
        cancelled_by text, created_at timestamptz, ended_at timestamptz)
      on conflict (id) do update set state = excluded.state, source_format = excluded.source_format,
        filters = excluded.filters, progress = excluded.progress, metrics = excluded.metrics, error = excluded.error,
        cancelled_by = excluded.cancelled_by, ended_at = excluded.ended_at`.execute(transaction);
    await removeEvents(
      transaction,
      lines.map(({ record }) => outdatedBy(record)),
    );
    await appendEvents(transaction, lines.flatMap(eventsOf));
    await beat(transaction, instance);
  });
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}

/** Returns the event that is no longer valid: `progress` after the end, or `end` while the transcode runs. */
function outdatedBy({ id, ended_at }: TranscodeRecord): { subject: string; type: string } {
  return { subject: id, type: ended_at === null ? 'end' : 'progress' };
}

export async function findTranscode(db: Kysely<Tables>, id: string): Promise<Stored<TranscodeRecord> | undefined> {
  const row = await db
    .selectFrom('transcodes')
    .selectAll()
    .select(({ eb }) => eb('instance_id', 'in', living(db, STALE_SECONDS)).as('alive'))
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { alive, ...transcode } = row;
  return {
    owner: transcode.owner,
    record: recordOf(transcode),
    instanceId: transcode.instance_id,
    isInstanceAlive: Boolean(alive),
  };
}

type TranscodeQuery = PageQuery & { readonly owner: string; readonly except: readonly string[] };

/** Newest first. */
export async function listTranscodes(
  db: Kysely<Tables>,
  { owner, state, limit, cursor, except }: TranscodeQuery,
): Promise<TranscodeRecord[]> {
  const rows = await db
    .selectFrom('transcodes')
    .selectAll()
    .where('owner', '=', owner)
    .where(({ eb, ref }) => eb.not(sql<boolean>`${ref('id')} = any(${[...except]}::uuid[])`))
    .$if(state === 'active', (query) => query.where('ended_at', 'is', null))
    .$if(state !== undefined && state !== 'active', (query) => query.where('state', '=', String(state)))
    .$call((query) => (cursor === undefined ? query : query.where(olderThan(cursor))))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(recordOf);
}

const GONE = { part: 'instance', reason: 'instance_gone' };
const ABANDONED = failureRecord(
  new AppError('UNAVAILABLE', GONE, { message: 'the process that streamed this transcode has died' }),
);

/** Returns whether `closeAbandoned` would close a transcode. */
export async function hasAbandoned(db: Kysely<Tables>, staleSeconds: number): Promise<boolean> {
  return (await abandoned(db, staleSeconds).limit(1).executeTakeFirst()) !== undefined;
}

/** Closes the transcodes of instances that have been silent for `staleSeconds`. Returns their number. */
export async function closeAbandoned(db: Kysely<Tables>, staleSeconds: number): Promise<number> {
  return await db.transaction().execute(async (transaction) => {
    const rows = await transaction
      .updateTable('transcodes')
      .set({ state: 'failed', error: toJsonb(ABANDONED), ended_at: sql`date_trunc('milliseconds', now())` })
      .where('id', 'in', abandoned(transaction, staleSeconds).orderBy('id').forUpdate())
      .returningAll()
      .execute();
    const records = rows.map(recordOf);
    await removeEvents(transaction, records.map(outdatedBy));
    await appendEvents(transaction, records.map(endEvent));
    return records.length;
  });
}

function abandoned(db: Kysely<Tables>, staleSeconds: number) {
  return db
    .selectFrom('transcodes')
    .select('id')
    .where('ended_at', 'is', null)
    .where('instance_id', 'not in', living(db, staleSeconds));
}
