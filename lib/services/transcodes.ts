import type { Log } from '#lib/log.ts';
import type { Instance } from '#lib/store/instances.ts';
import { findTranscode, listTranscodes, writeTranscodes } from '#lib/store/transcodes.ts';
import { performOn, TRANSCODE_CONTROL } from '#lib/transcode/control.ts';
import type { TranscodeJournal, TranscodeLine } from '#lib/transcode/tracking.ts';
import { createTranscodes, type TranscodeStore, type Transcodes } from '#lib/transcode/transcodes.ts';
import { createControl } from '#lib/work/control.ts';
import { createJournal } from '#lib/work/journal.ts';
import type { Budgets } from './budgets.ts';
import type { Store } from './store.ts';

export type TranscodeServicesParts = {
  readonly instance: Instance;
  readonly store: Store | undefined;
  readonly log: Log;
  readonly budgets: Pick<Budgets, 'recordWaits'>;
};

export type TranscodeServices = {
  /** Receives the records of the transcoder. */
  readonly journal: TranscodeJournal;
  /** Lists, inspects and controls the transcodes of callers. */
  readonly transcodes: Transcodes;
  /** Writes the last records. */
  close(): Promise<void>;
};

/** Ended transcodes that a process without a store keeps. */
const REMEMBERED = 1_000;
/** Longest wait for the store when it reads for a request, ms. */
const READ_TIMEOUT_MS = 2_000;
const LAST_WRITING_MS = 2_000;

export function openTranscodes({ instance, store, log, budgets }: TranscodeServicesParts): TranscodeServices {
  if (store === undefined) {
    const journal: TranscodeJournal = createJournal({ write: undefined, log, maxEnded: REMEMBERED });
    const transcodes = createTranscodes({ journal, shared: undefined });
    return { journal, transcodes, close: async () => undefined };
  }
  const { database, notifications } = store;
  const journal: TranscodeJournal = createJournal({
    write: (lines: readonly TranscodeLine[]) => database.run((db) => writeTranscodes(db, { instance, lines })),
    log,
  });
  const control = createControl({
    ...TRANSCODE_CONTROL,
    instanceId: instance.id,
    messenger: notifications,
    perform: performOn(journal),
  });
  const written: TranscodeStore = {
    find: (id) => database.run((db) => findTranscode(db, id), { timeoutMs: READ_TIMEOUT_MS }),
    list: (query) => database.run((db) => listTranscodes(db, query), { timeoutMs: READ_TIMEOUT_MS }),
  };

  return {
    journal,
    transcodes: createTranscodes({ journal, shared: { store: written, control, waits: budgets.recordWaits } }),
    async close() {
      await journal.close(LAST_WRITING_MS);
      control.close();
    },
  };
}
