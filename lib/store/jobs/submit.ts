import { type Kysely, sql } from 'kysely';
import type { Created, Idempotency, JobLimits, NewJob, Refused } from '#lib/jobs/job-store.ts';
import { toJsonb } from '#lib/store/json.ts';
import type { Tables } from '#lib/store/tables.ts';
import { type Change, change, type JobRowsOptions } from './change.ts';
import { nextRank } from './queueing.ts';
import { completeFrom, findEqual, findResult } from './reuse.ts';
import { placedJobs, recordOf } from './rows.ts';
import { usedOf } from './usage.ts';
import type { WaitingCount } from './waiting-count.ts';

/** Time for which an idempotency key is valid, s. */
export const KEY_SECONDS = 86_400;

type Submission = { readonly idempotency?: Idempotency | undefined; readonly limits: JobLimits };

/** Writes a job and its entry in the queue, unless its key was used before or a limit refuses it. */
export async function createJob(
  options: JobRowsOptions & { readonly waiting: WaitingCount },
  job: NewJob,
  { idempotency, limits }: Submission,
): Promise<Created> {
  const { waiting } = options;
  const used = await waiting.current();
  waiting.add(1);
  const created = await change(options, async (within): Promise<Created> => {
    const { transaction } = within;
    await lockOwner(transaction, job.owner);
    const earlier = idempotency && (await findKey(transaction, job.owner, idempotency));
    if (earlier !== undefined) return earlier;
    const answer = await answerTo(within, job, { limits, waiting: used });
    if (idempotency !== undefined && answer.kind !== 'refused') {
      const { key, digest } = idempotency;
      const record = toJsonb(answer.record);
      await transaction.insertInto('job_keys').values({ owner: job.owner, key, digest, record }).execute();
    }
    return answer;
  });
  if (created.kind !== 'created') waiting.add(-1);
  return created;
}

type Answer = Extract<Created, { kind: 'created' | 'joined' | 'reused' | 'refused' }>;
type Room = { readonly limits: JobLimits; readonly waiting: number };

/** A job that does not wait needs no place in the queue. */
const NO_WAIT = { waiting: 1, waitingOfAccount: 2 ** 31 - 1 };

/** Returns the job of an equal request, or writes one: with the files of an earlier one, or with an entry in the queue. */
async function answerTo(within: Change, job: NewJob, { limits, waiting }: Room): Promise<Answer> {
  const { transaction, entries, tellStatus } = within;
  const equal = await findEqual(within, job);
  if (equal !== undefined) return { kind: 'joined', record: equal };
  const source = await findResult(within, job);
  const room = source === undefined ? { limits, waiting } : { limits: { ...limits, ...NO_WAIT }, waiting: 0 };
  const refused = await refusal(transaction, job.account, room);
  if (refused !== undefined) return refused;
  const rank = await nextRank(transaction, job);
  await insert(transaction, job, rank);
  if (source !== undefined) return { kind: 'reused', record: await completeFrom(within, job, source) };
  await entries.add({ id: job.id, account: job.account, rank });
  const record = recordOf(await placedJobs(transaction).where('id', '=', job.id).executeTakeFirstOrThrow());
  await tellStatus({ from: null, record });
  return { kind: 'created', record };
}

/** One submission of an owner at a time, so that keys are used once and limits hold. */
export async function lockOwner(transaction: Change['transaction'], owner: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`jobs of ${owner}`}, 0))`.execute(transaction);
}

/** Returns what a key has led to; undefined when it is new. */
export async function findKey(
  db: Kysely<Tables>,
  owner: string,
  { key, digest }: Idempotency,
): Promise<Extract<Created, { kind: 'replayed' | 'conflict' }> | undefined> {
  await db
    .deleteFrom('job_keys')
    .where('owner', '=', owner)
    .where('key', '=', key)
    .where('created_at', '<', sql<Date>`now() - make_interval(secs => ${KEY_SECONDS})`)
    .execute();
  const earlier = await db
    .selectFrom('job_keys')
    .select(['digest', 'record'])
    .where('owner', '=', owner)
    .where('key', '=', key)
    .executeTakeFirst();
  if (earlier === undefined) return undefined;
  return earlier.digest === digest ? { kind: 'replayed', record: earlier.record } : { kind: 'conflict' };
}

/** Returns the first limit that one more waiting job of the account would exceed. `waiting`: jobs of all accounts. */
export async function refusal(
  db: Kysely<Tables>,
  account: string,
  { limits, waiting }: { readonly limits: JobLimits; readonly waiting: number },
): Promise<Refused | undefined> {
  const used: JobLimits = { waiting, ...(await usedOf(db, account, limits.waitingOfAccount)) };
  for (const limit of ['waitingOfAccount', 'storedBytesOfAccount', 'waiting'] as const) {
    if (used[limit] >= limits[limit]) return { kind: 'refused', limit, used: used[limit], max: limits[limit] };
  }
  return undefined;
}

async function insert(db: Kysely<Tables>, job: NewJob, rank: number): Promise<void> {
  const now = sql<Date>`date_trunc('milliseconds', now())`;
  await db
    .insertInto('jobs')
    .values({
      id: job.id,
      owner: job.owner,
      account: job.account,
      status: 'pending',
      phase: 'queued',
      spec: toJsonb(job.spec),
      metadata: job.metadata === null ? null : toJsonb(job.metadata),
      callback_url: job.callbackUrl,
      priority: job.priority,
      rank,
      expires_in_days: job.expiresInDays,
      request_key: job.cacheKeys?.request ?? null,
      created_at: now,
      queued_at: now,
      available_at: now,
    })
    .execute();
}
