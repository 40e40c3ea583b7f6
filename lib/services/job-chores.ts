import type { Config } from '#lib/config.ts';
import { isUnavailable } from '#lib/errors.ts';
import { type Chores, createChores } from '#lib/jobs/chores.ts';
import type { JobChores } from '#lib/jobs/job-store.ts';
import { sweepScratch } from '#lib/jobs/run/scratch.ts';
import type { Log } from '#lib/log.ts';
import type { Results } from '#lib/storage/results/results.ts';
import type { Instance } from '#lib/store/instances.ts';
import { livingRunners } from '#lib/store/runners.ts';
import type { JobRows } from './job-rows.ts';
import type { Store } from './store.ts';

/** Returns what keeps the rows and files of jobs in order; undefined without a database or a bucket. */
export function choresOfJobs(
  { JOB_RECORD_DAYS: recordDays }: Pick<Config, 'JOB_RECORD_DAYS'>,
  rows: JobChores | undefined,
  results: Pick<Results, 'remove'> | undefined,
): Chores | undefined {
  if (rows === undefined || results === undefined) return undefined;
  return createChores({ store: rows, remove: results.remove, recordDays });
}

export type JobChoresParts = {
  readonly config: Pick<Config, 'JOB_RECORD_DAYS'>;
  readonly store: Store;
  readonly rows: JobRows;
  readonly instance: Instance;
  readonly results: Pick<Results, 'remove'>;
  /** Where the scratch folders of attempts are. */
  readonly directory: string;
  readonly log: Log;
};

const EVERY_MS = 60_000;
/** After a start: scratch folders of a process that was killed, and jobs that rose in the meantime. */
const FIRST_MS = 2_000;
/** A process may have been silent for as long because the database was down. */
const SILENT_SECONDS = 600;

/** Does the chores of jobs every minute. Returns the function that stops and waits for the running round. */
export function startJobChores({
  config,
  store,
  rows,
  instance,
  results,
  directory,
  log,
}: JobChoresParts): () => Promise<void> {
  const chores = {
    ...choresOfJobs(config, rows, results),
    scratch_folders_removed: async () => {
      const runners = await store.database.run((db) => livingRunners(db, { staleSeconds: SILENT_SECONDS }));
      // Earlier runners of this machine are dead: only one runs at a time.
      const others = runners.filter(({ machineId }) => machineId === null || machineId !== instance.machineId);
      return await sweepScratch(directory, new Set([instance.id, ...others.map(({ id }) => id)]));
    },
  };
  let round: Promise<void> = Promise.resolve();
  let timer = setTimeout(tick, FIRST_MS);

  function tick(): void {
    round = run().then(() => {
      timer = setTimeout(tick, EVERY_MS);
    });
  }

  async function run(): Promise<void> {
    for (const [name, chore] of Object.entries(chores)) {
      try {
        const count = await chore();
        if (count > 0) log.info({ [name]: count }, 'chores');
      } catch (error) {
        if (!isUnavailable(error)) log.error({ err: error, chore: name }, 'chores');
      }
    }
  }

  return async () => {
    clearTimeout(timer);
    await round;
    clearTimeout(timer);
  };
}
