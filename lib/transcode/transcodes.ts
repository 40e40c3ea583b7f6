import type { Caller } from '#lib/identity/caller.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import { createOwned, instanceGone, type SharedWork, type WorkStore } from '#lib/work/owned.ts';
import { isAfter, type Page } from '#lib/work/page.ts';
import type { TranscodeAction, TranscodeDone } from './control.ts';
import type { PageQuery, TranscodeRecord } from './record.ts';
import { hasEnded } from './state.ts';
import { notAdjustable, type TranscodeJournal } from './tracking.ts';

export type TranscodeStore = WorkStore<TranscodeRecord, PageQuery>;

export type TranscodesOptions = {
  readonly journal: Pick<TranscodeJournal, 'find' | 'known'>;
  /** What instances share; undefined when there is only this process. */
  readonly shared: SharedWork<TranscodeRecord, PageQuery, TranscodeAction, TranscodeDone> | undefined;
};

/** The transcodes of a caller. Methods that take an id throw NOT_FOUND for an unknown or another caller's id. */
export type Transcodes = {
  get(caller: Caller, id: string): Promise<TranscodeRecord>;
  list(caller: Caller, query: PageQuery): Promise<Page<TranscodeRecord>>;
  /** Cuts the stream. Does nothing when the transcode has ended. */
  cancel(caller: Caller, id: string): Promise<void>;
  /** Resolves when ffmpeg has applied the change. Throws CONFLICT. */
  adjust(caller: Caller, id: string, patch: FilterPatch): Promise<Adjusted>;
};

export function createTranscodes({ journal, shared }: TranscodesOptions): Transcodes {
  const owned = createOwned({ noun: 'transcode', journal, shared, selects: isAskedFor });
  return {
    get: owned.get,
    list: owned.list,

    async cancel(caller, id) {
      const found = await owned.find(caller, id);
      if (found.kind === 'here') await found.work.cancel();
      else await owned.elsewhere(found, { kind: 'cancel' });
    },

    async adjust(caller, id, patch) {
      const found = await owned.find(caller, id);
      if (found.kind === 'here') return await found.work.adjust(patch);
      const done = await owned.elsewhere(found, { kind: 'adjust', patch });
      if (typeof done === 'object') return done;
      const { state } = await owned.get(caller, id);
      throw hasEnded(state) ? notAdjustable(state) : instanceGone();
    },
  };
}

/** Returns whether a query selects a record. */
export function isAskedFor(record: TranscodeRecord, { state, cursor }: Pick<PageQuery, 'state' | 'cursor'>): boolean {
  if (state === 'active' ? hasEnded(record.state) : state !== undefined && record.state !== state) return false;
  return isAfter(cursor, record);
}
