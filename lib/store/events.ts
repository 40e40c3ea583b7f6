import { type Kysely, sql } from 'kysely';
import { toJsonb } from './json.ts';
import type { Tables } from './tables.ts';

/** The notification channel for the subjects of new events. */
export const EVENTS_CHANNEL = 'events';

export type NewEvent = {
  readonly subject: string;
  readonly type: string;
  readonly data: object;
  /** `latest`: replaces the events of its type. `once`: is skipped if the same event exists. */
  readonly keep: 'latest' | 'once';
};

export type StoredEvent = {
  /** Increases over all subjects; a bigint. */
  readonly seq: string;
  readonly type: string;
  readonly data: unknown;
};

/** Most events in one read. */
export const EVENTS_PAGE = 500;

/** Appends events in order and notifies the followers of their subjects. Call it within a transaction. */
export async function appendEvents(db: Kysely<Tables>, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const replaced = events.filter(({ keep }) => keep === 'latest').map(({ subject, type }) => ({ subject, type }));
  await removeEvents(db, replaced);
  const { rows } = await sql<{ subject: string }>`
    insert into events (subject, type, data)
    select new.subject, new.type, new.data
    from jsonb_array_elements(${toJsonb(events)}::jsonb) with ordinality as list (event, place),
      jsonb_to_record(list.event) as new (subject uuid, type text, data jsonb, keep text)
    where new.keep = 'latest' or not exists (
      select from events as old
      where old.subject = new.subject and old.type = new.type and old.data = new.data
    )
    order by list.place
    returning subject`.execute(db);
  const subjects = [...new Set(rows.map(({ subject }) => subject))];
  await forgetOldest(db, [...new Set(events.filter(({ keep }) => keep === 'once').map(({ subject }) => subject))]);
  await sql`select pg_notify(${EVENTS_CHANNEL}, subject) from unnest(${subjects}::text[]) as subject`.execute(db);
}

/** Most events of one type that are kept for a subject. */
const MOST_OF_A_TYPE = 2_000;

async function forgetOldest(db: Kysely<Tables>, subjects: readonly string[]): Promise<void> {
  if (subjects.length === 0) return;
  await sql`
    delete from events using (
      select subject, seq, row_number() over (partition by subject, type order by seq desc) as place
      from events where subject = any(${[...subjects]}::uuid[])
    ) as counted
    where events.subject = counted.subject and events.seq = counted.seq
      and counted.place > ${MOST_OF_A_TYPE}`.execute(db);
}

/** Removes the events of these types from these subjects. */
export async function removeEvents(
  db: Kysely<Tables>,
  removed: readonly { readonly subject: string; readonly type: string }[],
): Promise<void> {
  if (removed.length === 0) return;
  await sql`
    delete from events using jsonb_to_recordset(${toJsonb(removed)}::jsonb) as old (subject uuid, type text)
    where events.subject = old.subject and events.type = old.type`.execute(db);
}

/** Returns the events after `after`, or without it the latest event of each type, in order. */
export async function readEvents(
  db: Kysely<Tables>,
  { subject, after }: { readonly subject: string; readonly after: string | undefined },
): Promise<StoredEvent[]> {
  const events = db.selectFrom('events').select(['seq', 'type', 'data']).where('subject', '=', subject);
  if (after !== undefined) return await events.where('seq', '>', after).orderBy('seq').limit(EVENTS_PAGE).execute();
  const latest = events.distinctOn('type').orderBy('type').orderBy('seq', 'desc');
  return await db.selectFrom(latest.as('latest')).selectAll().orderBy('seq').execute();
}
