import { type Kysely, sql } from 'kysely';
import { validate as isUuid } from 'uuid';
import type { CallbackRecords, Named } from '#lib/callbacks/callbacks.ts';
import type { FailureReason } from '#lib/callbacks/outcome.ts';
import type { CallbackStatus } from '#lib/callbacks/queue.ts';
import type { CallbackAttempt, CallbackRecord } from '#lib/callbacks/record.ts';
import { redactText } from '#lib/redaction.ts';
import type { Database } from '#lib/store/database.ts';
import type { Tables } from '#lib/store/tables.ts';
import { notifyWorkers, type Room, roomFor } from './enqueue.ts';

/** Most callbacks of a subject in a list. */
const MOST_LISTED = 100;

export function createCallbackRecords(database: Pick<Database, 'run'>): CallbackRecords {
  return {
    async list({ owner, subjectId }) {
      if (!isUuid(subjectId)) return [];
      const ofSubject = sql`owner = ${owner} and subject_id = ${subjectId}::uuid`;
      return await database.run((db) => read(db, ofSubject, MOST_LISTED));
    },
    async replay(named) {
      if (!isUuid(named.subjectId)) return undefined;
      return await database.run((db) => db.transaction().execute((transaction) => replay(transaction, named)));
    },
  };
}

/** Deletes the callbacks of a subject. Call it in the transaction that deletes the subject. */
export async function removeCallbacks(db: Kysely<Tables>, subjectId: string): Promise<void> {
  await db.deleteFrom('callbacks').where('subject_id', '=', subjectId).execute();
}

type Row = {
  readonly id: string;
  readonly event: string;
  readonly url: string;
  readonly status: CallbackStatus;
  readonly created_at: Date;
  readonly ended_at: Date | null;
  readonly due_at: Date;
  readonly attempts: readonly {
    readonly at: string;
    readonly status: number | null;
    readonly reason: FailureReason | null;
    readonly ms: number;
  }[];
};

async function read(db: Kysely<Tables>, where: ReturnType<typeof sql>, limit: number): Promise<CallbackRecord[]> {
  const { rows } = await sql<Row>`
    select id, event, url, status, created_at, ended_at, due_at, coalesce((
      select jsonb_agg(jsonb_build_object('at', started_at, 'status', callback_attempts.status, 'reason', reason,
        'ms', ms) order by number)
      from callback_attempts where callback_id = callbacks.id
    ), '[]') as attempts
    from callbacks where ${where} order by id desc limit ${limit}`.execute(db);
  return rows.map(recordOf);
}

function recordOf({ id, event, url, status, created_at, ended_at, due_at, attempts }: Row): CallbackRecord {
  return {
    id,
    event,
    url: redactText(url),
    status,
    attempts: attempts.map(({ at, ...rest }): CallbackAttempt => ({ at: new Date(at).toISOString(), ...rest })),
    next_attempt_at: ended_at === null ? due_at.toISOString() : null,
    created_at: created_at.toISOString(),
    ended_at: ended_at?.toISOString() ?? null,
  };
}

/** One that is being sent is left alone: if the attempt fails, another one follows. */
async function replay(
  db: Kysely<Tables>,
  { owner, subjectId, event }: Named,
): Promise<CallbackRecord | Exclude<Room, 'free'> | undefined> {
  const named = isUuid(event) ? sql`id = ${event}::uuid` : sql`event = ${event}`;
  const { rows } = await sql<{ id: string; ended: boolean }>`
    select id, ended_at is not null as ended from callbacks
    where owner = ${owner} and subject_id = ${subjectId}::uuid and ${named}
    order by id desc limit 1 for update`.execute(db);
  const [found] = rows;
  if (found === undefined) return undefined;
  const room = found.ended ? await roomFor(db, owner) : 'free';
  if (room !== 'free') return room;
  await sql`
    update callbacks set due_at = now(), status = 'pending', ended_at = null,
      failures = case when ended_at is null then failures else 0 end
    where id = ${found.id}::uuid and claimed_by is null`.execute(db);
  await notifyWorkers(db);
  return (await read(db, sql`id = ${found.id}::uuid`, 1))[0];
}
