import type { Log } from '#lib/log.ts';
import { type EventFeed, openEventFeed } from '#lib/store/event-feed.ts';
import type { Instance } from '#lib/store/instances.ts';
import { findTranscode, listTranscodes, writeTranscodes } from '#lib/store/transcodes.ts';
import { actOn } from '#lib/transcode/act.ts';
import { createTranscodeRecords, type TranscodeRecords } from '#lib/transcode/records.ts';
import { createTranscodes, type Transcodes, type TranscodesOptions } from '#lib/transcode/transcodes.ts';
import { createControl } from '#lib/work/control.ts';
import { createJournal, type Journal } from '#lib/work/journal.ts';
import type { Store } from './store.ts';

export type TranscodeServicesParts = {
  readonly instance: Instance;
  readonly store: Store | undefined;
  readonly log: Log;
};

export type TranscodeServices = {
  /** Where the transcoder writes down what it does. */
  readonly records: TranscodeRecords;
  /** What callers ask of their transcodes. */
  readonly transcodes: Transcodes;
  /** Undefined without a store. */
  readonly events: EventFeed | undefined;
  /** Writes what is not written, as far as the store is there. Never rejects. */
  flush(): Promise<void>;
  /** The last writing; nobody is told anything any more. */
  close(): Promise<void>;
  /** Whether records cannot be written now. */
  isFailing(): boolean;
};

/** Ended transcodes that a process without a store remembers. */
const REMEMBERED = 1_000;
/** Longest wait for the store's answer to somebody who asks, ms. */
const READ_TIMEOUT_MS = 2_000;
const LAST_WRITING_MS = 2_000;

export function openTranscodes({ instance, store, log }: TranscodeServicesParts): TranscodeServices {
  if (store === undefined) return openAlone(log);
  const { database, notifications } = store;
  const journal = createJournal({
    write: (lines) => database.run((db) => writeTranscodes(db, { instance, lines })),
    log,
  });
  const control = createControl({ instanceId: instance.id, messenger: notifications, act: actOn(journal) });
  const events = openEventFeed({ database, notifications });
  const written: NonNullable<TranscodesOptions['shared']>['store'] = {
    find: (id) => database.run((db) => findTranscode(db, id), { timeoutMs: READ_TIMEOUT_MS }),
    list: (query) => database.run((db) => listTranscodes(db, query), { timeoutMs: READ_TIMEOUT_MS }),
  };

  return {
    records: createTranscodeRecords(journal),
    transcodes: createTranscodes({ journal, shared: { store: written, control } }),
    events,
    flush: journal.flush,
    async close() {
      events.close();
      await journal.close(LAST_WRITING_MS);
      control.close();
    },
    isFailing: journal.isFailing,
  };
}

/** Nothing outlives this process. */
function openAlone(log: Log): TranscodeServices {
  const journal: Journal = createJournal({ write: undefined, log, maxEnded: REMEMBERED });
  return {
    records: createTranscodeRecords(journal),
    transcodes: createTranscodes({ journal, shared: undefined }),
    events: undefined,
    flush: journal.flush,
    close: async () => undefined,
    isFailing: () => false,
  };
}
