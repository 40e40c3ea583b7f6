import { type Kysely, sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { bodyOf, type Message } from '#lib/callbacks/message.ts';
import { CALLBACKS_CHANNEL } from '#lib/callbacks/queue.ts';
import type { Tables } from '#lib/store/tables.ts';

export type NewCallback = Omit<Message, 'at'> & {
  /** Whose secret signs it: a `sub`. */
  readonly owner: string;
  /** Checked before by `callbacks.check`. */
  readonly url: string;
  /** Time of the event; now when absent. */
  readonly at?: Date;
};

/** Most callbacks that wait. */
const MOST_WAITING = 10_000;
const MOST_WAITING_PER_OWNER = 1_000;

/**
 * Adds a callback, in the transaction that settles what it reports, and wakes the workers when that commits. Never fails
 * because of the callback itself: when too many wait, it is stored as `dropped`, and can be sent by a replay. Returns its
 * id.
 */
export async function enqueueCallback(db: Kysely<Tables>, callback: NewCallback): Promise<string> {
  const { owner, url, at = new Date(), ...message } = callback;
  const { event, subjectId } = message;
  const id = uuid();
  const isFull = sql`${waiting(owner)} >= ${MOST_WAITING_PER_OWNER} or ${waiting()} >= ${MOST_WAITING}`;
  await sql`
    with room as (select (${isFull}) as is_full)
    insert into callbacks (id, owner, subject_id, event, url, body, status, due_at, ended_at, created_at)
    select ${id}::uuid, ${owner}, ${subjectId}::uuid, ${event}, ${url}, ${toText(bodyOf({ ...message, at }))},
      case when is_full then 'dropped' else 'pending' end, now(), case when is_full then now() end, ${at}::timestamptz
    from room`.execute(db);
  await notifyWorkers(db);
  return id;
}

/** Wakes the workers when the transaction commits. */
export async function notifyWorkers(db: Kysely<Tables>): Promise<void> {
  await sql`select pg_notify(${CALLBACKS_CHANNEL}, '')`.execute(db);
}

export type Room = 'free' | 'owner_full' | 'full';

/** Returns whether one more callback of the owner may wait. */
export async function roomFor(db: Kysely<Tables>, owner: string): Promise<Room> {
  const { rows } = await sql<{ room: Room }>`
    select case when ${waiting(owner)} >= ${MOST_WAITING_PER_OWNER} then 'owner_full'
      when ${waiting()} >= ${MOST_WAITING} then 'full' else 'free' end as room`.execute(db);
  return rows[0]?.room ?? 'free';
}

/** Counts the callbacks that wait, of one owner or of all, up to the limit. */
function waiting(owner?: string) {
  const of = owner === undefined ? sql`true` : sql`owner = ${owner}`;
  const most = owner === undefined ? MOST_WAITING : MOST_WAITING_PER_OWNER;
  return sql`(select count(*) from (select from callbacks where ended_at is null and ${of} limit ${most}) as counted)`;
}

/** PostgreSQL stores no NUL, and JSON has it escaped only. */
function toText(body: string): string {
  return body.toWellFormed();
}
