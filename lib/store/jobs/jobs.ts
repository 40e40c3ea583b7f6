import type { Kysely } from 'kysely';
import { AppError } from '#lib/errors.ts';
import type { AttemptStore, JobChores, JobStore } from '#lib/jobs/job-store.ts';
import type { Notifications } from '#lib/store/notifications.ts';
import type { Tables } from '#lib/store/tables.ts';
import { ageJobs, promoteLongest } from './ageing.ts';
import { appendLog, claimJob, recoverJobs, reportProgress, settleJob } from './attempts.ts';
import type { JobRowsOptions } from './change.ts';
import { deleteJobsEndedBefore, expireResults, forgetKeys, mendEntries } from './chores.ts';
import { CANCELLATIONS, cancelJob, removeJob, retryJob } from './control.ts';
import { findTogether } from './find-together.ts';
import { doomedObjects, forgetObjects, recordObject } from './objects.ts';
import { findJobs, listJobs, readLog } from './reading.ts';
import { createJob, findKey } from './submit.ts';
import { countJobs, usageOf } from './usage.ts';
import { createWaitingCount } from './waiting-count.ts';

/** The rows of video jobs and their entries in the queue. */
export function createJobRows(
  options: JobRowsOptions & { readonly notifications: Pick<Notifications, 'listen'> },
): JobStore & AttemptStore & JobChores {
  const { database, notifications } = options;
  const run = <Result>(query: (db: Kysely<Tables>) => Promise<Result>) => database.run(query);
  const waiting = createWaitingCount(async () => (await run(countJobs)).waiting);
  return {
    create: (job, submission) => createJob({ ...options, waiting }, job, submission),
    replay: (owner, idempotency) => run((db) => findKey(db, owner, idempotency)),
    find: findTogether((ids) => run((db) => findJobs(db, ids))),
    list: (query) => run((db) => listJobs(db, query)),
    cancel: (id) => cancelJob(options, id),
    retry: (id, limits) => retryJob({ ...options, waiting }, id, limits),
    remove: (id) => removeJob(options, id),
    readLog: (id, part) => run((db) => readLog(db, id, part)),
    usage: (account) => run((db) => usageOf(db, account)),

    claim: (entry, instance) => claimJob(options, entry, instance),
    progress: (id, attempt, update) => run((db) => reportProgress(db, { id, attempt }, update)),
    log: (id, attempt, log) => run((db) => appendLog(db, { id, attempt }, log)),
    async object(id, attempt, object) {
      const isKnown = await run((db) => recordObject(db, { id, attempt, object }));
      if (!isKnown)
        throw new AppError('CONFLICT', { reason: 'stale' }, { message: 'this attempt is no longer current' });
    },
    settle: (id, attempt, outcome) => settleJob(options, { id, attempt }, outcome),
    recover: (instance) => recoverJobs(options, instance),
    onCancelled: (handler) => notifications.listen(CANCELLATIONS, handler),

    expireResults: () => expireResults(database),
    deleteEndedBefore: (time) => deleteJobsEndedBefore(database, time),
    forgetKeys: () => run(forgetKeys),
    doomedObjects: (limit) => run((db) => doomedObjects(db, limit)),
    forgetObjects: (ids) => run((db) => forgetObjects(db, ids)),
    age: () => ageJobs(options),
    promoteLongestWaiting: () => promoteLongest(options),
    mendEntries: () => mendEntries(options),
    counts: () => run(countJobs),
  };
}
