import { type Kysely, sql } from 'kysely';
import type { CallbackQueue, Claim, ClaimedCallback, ClaimOptions, Settlement } from '#lib/callbacks/queue.ts';
import type { Database } from '#lib/store/database.ts';
import type { Tables } from '#lib/store/tables.ts';
import { notifyWorkers } from './enqueue.ts';

/** Attempts that are kept of a callback. */
const MOST_ATTEMPTS = 50;

/** The queue of callbacks in rows. A claimed row is due again when its lease ends, so a dead worker loses nothing. */
export function createCallbackQueue(database: Pick<Database, 'run'>): CallbackQueue {
  return {
    claim: (options) => database.run((db) => claim(db, options)),
    settle: (settlement) => database.run((db) => settle(db, settlement)),
    release: ({ id, worker, delayMs }) =>
      database.run(async (db) => {
        await db
          .updateTable('callbacks')
          .set({ claimed_by: null, due_at: inMs(delayMs) })
          .where('id', '=', id)
          .where('claimed_by', '=', worker)
          .execute();
        if (delayMs === 0) await notifyWorkers(db);
      }),
  };
}

/** A claimed callback, or nulls when there is none; and the wait until the next one is due. */
type ClaimedRow = { readonly ms: number | null } & (ClaimedCallback | { readonly id: null });

async function claim(db: Kysely<Tables>, options: ClaimOptions): Promise<Claim> {
  const { worker, limit, furtherLimit, perOwner, leaseMs } = options;
  // The owners come from one index probe each, however many callbacks one of them has. Among their callbacks, the first
  // of each owner comes first, counting those that are running. It is one statement: what becomes due meanwhile must be
  // either claimed or be the next one.
  const { rows } = await sql<ClaimedRow>`
    with recursive owners (owner) as (
      (select owner from callbacks where ended_at is null order by owner limit 1)
      union all
      select (
        select owner from callbacks where ended_at is null and owner > owners.owner order by owner limit 1
      ) from owners where owners.owner is not null
    ), turns as (
      select first.id, first.place, row_number() over (order by first.place, first.due_at) as turn from owners
      cross join lateral (
        select count(*) as running from callbacks
        where owner = owners.owner and claimed_by is not null and due_at > now()
      ) as busy
      cross join lateral (
        select id, due_at, busy.running + row_number() over (order by due_at, id) as place
        from callbacks where owner = owners.owner and ended_at is null and due_at <= now()
        order by due_at, id limit greatest(0, ${perOwner} - busy.running)
      ) as first
    ), locked as (
      select id from callbacks
      where id in (select id from turns where turn <= ${limit} and (place = 1 or turn <= ${furtherLimit}))
        and ended_at is null and due_at <= now()
      for update skip locked
    ), claimed as (
      update callbacks set claimed_by = ${worker}::uuid, due_at = ${inMs(leaseMs)}
      from locked where callbacks.id = locked.id
      returning callbacks.id, owner, subject_id as "subjectId", event, url, body, failures
    ), next as (
      select (extract(epoch from min(due_at) - now()) * 1000)::double precision as ms
      from callbacks where ended_at is null and due_at > now()
    )
    select next.ms, claimed.* from next left join claimed on true`.execute(db);
  const claimed = rows.flatMap(({ ms: _, ...callback }) => (callback.id === null ? [] : [callback]));
  const ms = rows[0]?.ms ?? undefined;
  return { claimed, nextInMs: ms === undefined ? undefined : Math.ceil(ms) };
}

async function settle(db: Kysely<Tables>, settlement: Settlement): Promise<void> {
  const { id, worker, result, startedAt, ms, status } = settlement;
  const [httpStatus, reason] = result.kind === 'response' ? [result.status, null] : [null, result.reason];
  const isOver = status !== 'pending';
  await sql`
    with settled as (
      update callbacks set status = ${status}, claimed_by = null, attempts = attempts + 1,
        failures = failures + ${status === 'delivered' ? 0 : 1},
        due_at = ${isOver ? sql`due_at` : inMs(settlement.delayMs)}, ended_at = ${isOver ? sql`now()` : null}
      where id = ${id}::uuid and claimed_by = ${worker}::uuid
      returning id, attempts
    ), forgotten as (
      delete from callback_attempts using settled
      where callback_id = settled.id and number <= settled.attempts - ${MOST_ATTEMPTS}
    )
    insert into callback_attempts (callback_id, number, started_at, ms, status, reason)
    select id, attempts, ${startedAt}::timestamptz, ${ms}, ${httpStatus}::integer, ${reason}::text from settled`.execute(
    db,
  );
}

function inMs(ms: number) {
  return sql<Date>`now() + ${ms} * interval '1 millisecond'`;
}
