import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import { createOwned, instanceGone, type WorkStore } from '#lib/work/owned.ts';
import type { TranscodeControl } from './control.ts';
import { isAskedFor, type PageQuery, type TranscodePage } from './page.ts';
import type { TranscodeRecord } from './record.ts';
import { hasEnded } from './state.ts';
import type { TranscodeJournal } from './tracking.ts';

export type TranscodeStore = WorkStore<TranscodeRecord, PageQuery>;

export type TranscodesOptions = {
  readonly journal: Pick<TranscodeJournal, 'find' | 'known'>;
  /** What instances share; undefined where there is nothing but this process. */
  readonly shared: { readonly store: TranscodeStore; readonly control: TranscodeControl } | undefined;
};

/** A caller's transcodes. Somebody else's do not exist: everything that takes an id throws NOT_FOUND. */
export type Transcodes = {
  get(caller: Caller, id: string): Promise<TranscodeRecord>;
  list(caller: Caller, query: PageQuery): Promise<TranscodePage>;
  /** Cuts the stream; does nothing to one that has ended. */
  cancel(caller: Caller, id: string): Promise<void>;
  /** Resolves when ffmpeg has taken the change. Throws CONFLICT. */
  adjust(caller: Caller, id: string, patch: FilterPatch): Promise<Adjusted>;
};

export function createTranscodes({ journal, shared }: TranscodesOptions): Transcodes {
  const selects = (query: PageQuery, record: TranscodeRecord) => isAskedFor(record, query);
  const owned = createOwned({ noun: 'transcode', journal, shared, selects });
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
      throw hasBeenEnded(await owned.get(caller, id));
    },
  };
}

function hasBeenEnded({ state }: TranscodeRecord): AppError {
  if (!hasEnded(state)) return instanceGone();
  return new AppError('CONFLICT', { state }, { message: `a transcode that is ${state} cannot be adjusted` });
}
