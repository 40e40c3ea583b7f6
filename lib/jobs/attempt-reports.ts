import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '#lib/errors.ts';
import type { AttemptLog, AttemptProgress, ClaimedJob } from './attempt.ts';
import type { AttemptStore } from './job-store.ts';
import type { StopKind } from './run/attempt-stopped.ts';

export type ReportsOptions = {
  readonly job: Pick<ClaimedJob, 'id' | 'attempt'>;
  readonly rows: Pick<AttemptStore, 'progress' | 'log'>;
  /** Called when the row says that the attempt must stop. */
  readonly onStop: (reason: StopKind) => void;
  readonly onError: (error: unknown) => void;
  readonly everyMs?: number;
};

/** Writes what an attempt reports, at most once a second. While the database is down, it keeps the latest. */
export type Reports = {
  progress(update: AttemptProgress): void;
  log(log: AttemptLog): void;
  /** Writes what is left, if the database is up. */
  end(): Promise<void>;
};

const EVERY_MS = 1_000;
/** Most of the log that is kept while the database is down, characters for each part. */
const MOST_WAITING = 262_144;

export function createReports({ job, rows, onStop, onError, everyMs = EVERY_MS }: ReportsOptions): Reports {
  const { id, attempt } = job;
  const ended = new AbortController();
  const texts = new Map<AttemptLog['part'], string>();
  let latest: AttemptProgress | undefined;
  let writing: Promise<void> | undefined;

  function write(): void {
    writing ??= writeUntilDone().finally(() => {
      writing = undefined;
    });
  }

  async function writeUntilDone(): Promise<void> {
    while (latest !== undefined || texts.size > 0) {
      await writeOnce();
      if (ended.signal.aborted) return;
      await delay(everyMs, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
    }
  }

  async function writeOnce(): Promise<void> {
    const update = latest;
    const parts = [...texts];
    latest = undefined;
    texts.clear();
    try {
      if (update !== undefined) await writeProgress(update);
      for (const [part, text] of parts) await rows.log(id, attempt, { part, text });
    } catch (error) {
      if (!isUnavailable(error)) return onError(error);
      latest = { ...update, ...(latest as AttemptProgress | undefined) };
      for (const [part, text] of parts) texts.set(part, `${text}${texts.get(part) ?? ''}`.slice(-MOST_WAITING));
    }
  }

  async function writeProgress(update: AttemptProgress): Promise<void> {
    const answer = await rows.progress(id, attempt, update);
    if (answer !== 'running') onStop(answer);
  }

  return {
    progress(update) {
      latest = { ...latest, ...update };
      write();
    },
    log({ part, text }) {
      texts.set(part, `${texts.get(part) ?? ''}${text}`.slice(-MOST_WAITING));
      write();
    },
    async end() {
      ended.abort();
      await writing;
      if (latest !== undefined || texts.size > 0) await writeOnce();
    },
  };
}
