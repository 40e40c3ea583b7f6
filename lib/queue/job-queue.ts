import type { PgBoss } from 'pg-boss';
import type { Entries, EntryWriter } from '#lib/jobs/entries.ts';
import type { JobQueue, Work, WorkOptions } from '#lib/jobs/job-store.ts';
import { onceSuccessful } from '#lib/work/once-successful.ts';
import { type BossOptions, startBoss } from './boss.ts';
import { createEntryWriter } from './entries.ts';
import { takeNext } from './held-entry.ts';
import { JOBS, POLL_SECONDS, QUEUE_OPTIONS, REFRESH_SECONDS } from './job-queue-options.ts';

/** Longest wait for handlers when the queue is closed, ms. They should have ended before. */
const CLOSE_MS = 1_000;
const NO_ENTRY = '00000000-0000-0000-0000-000000000000';

/** Opens the queue of video jobs. It is started on first use, and again after it could not be started. */
export function openJobQueue(options: BossOptions): JobQueue & Entries {
  const started = onceSuccessful(() => startJobs(options));
  let closed = false;
  return {
    ready: async () => (await started()).writer,
    work: async (work) => await takeEntries((await started()).boss, work),
    next: async (options) => await takeNext((await started()).boss, options),
    tend: async () => await (await started()).boss.supervise(JOBS),
    async close() {
      if (closed) return;
      closed = true;
      const running = await started.made()?.catch(() => undefined);
      await running?.boss.stop({ graceful: true, timeout: CLOSE_MS });
    },
  };
}

type Started = { readonly boss: PgBoss; readonly writer: EntryWriter };

async function startJobs(options: BossOptions): Promise<Started> {
  const boss = await startBoss(options);
  try {
    await provideQueue(boss);
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
  return { boss, writer: createEntryWriter(boss) };
}

/** Creates the queue, or brings the options of an earlier release up to date. */
async function provideQueue(boss: PgBoss): Promise<void> {
  const queue = await boss.getQueue(JOBS);
  if (queue === null) await boss.createQueue(JOBS, QUEUE_OPTIONS);
  else if (Object.entries(QUEUE_OPTIONS).some(([name, value]) => queue[name as keyof typeof queue] !== value)) {
    await boss.updateQueue(JOBS, QUEUE_OPTIONS);
  }
  // pg-boss reads the queue on first use. In a transaction, that would need a second connection.
  await boss.findJobs(JOBS, { id: NO_ENTRY, limit: 1 });
}

async function takeEntries(boss: PgBoss, { slots, accountConcurrency, handle }: WorkOptions): Promise<Work> {
  /** Makes the slots look for entries now: with notifications on, pg-boss would wait after each entry, too. */
  function wake(): void {
    for (const { id, name } of boss.getWipData()) if (name === JOBS) boss.notifyWorker(id);
  }

  const id = await boss.work(
    JOBS,
    {
      localConcurrency: slots,
      ...(accountConcurrency < slots && { localGroupConcurrency: accountConcurrency }),
      pollingIntervalSeconds: POLL_SECONDS,
      notifyPollingIntervalSeconds: POLL_SECONDS,
      heartbeatRefreshSeconds: REFRESH_SECONDS,
    },
    async ([entry]) => {
      if (entry === undefined) return;
      try {
        await handle({ id: entry.id, claim: entry.retryCount }, entry.signal);
      } finally {
        wake();
      }
    },
  );
  return { stop: () => boss.offWork(JOBS, { id, wait: true }) };
}
