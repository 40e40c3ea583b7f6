import { setTimeout as delay } from 'node:timers/promises';
import { validate as isUuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import type { Control, Done } from '#lib/work/control.ts';
import type { ControlAction } from '#lib/work/control-message.ts';
import type { Journal } from '#lib/work/journal.ts';
import { mayBeOnItsWay } from '#lib/work/on-its-way.ts';
import { isAskedFor, type PageQuery, pageOf, type TranscodePage } from './page.ts';
import type { TranscodeRecord } from './record.ts';
import { hasEnded } from './state.ts';
import type { Tracked } from './tracking.ts';

/** A record that was written, by whichever instance. */
export type StoredTranscode = {
  readonly owner: string;
  readonly record: TranscodeRecord;
  readonly instanceId: string;
  /** Whether that instance has been seen lately. */
  readonly isInstanceAlive: boolean;
};

/** What has been written. Everything throws UNAVAILABLE while it cannot be read. */
export type TranscodeStore = {
  find(id: string): Promise<StoredTranscode | undefined>;
  /** Newest first, at most `limit`, without those of `except`. */
  list(query: PageQuery & { readonly owner: string; readonly except: readonly string[] }): Promise<TranscodeRecord[]>;
};

export type TranscodesOptions = {
  readonly journal: Pick<Journal, 'find' | 'known'>;
  /** What instances share; undefined where there is nothing but this process. */
  readonly shared: { readonly store: TranscodeStore; readonly control: Control } | undefined;
};

/** A caller's transcodes. Somebody else's do not exist: everything that takes an id throws NOT_FOUND. */
export type Transcodes = {
  get(caller: Caller, id: string): Promise<TranscodeRecord>;
  list(caller: Caller, query: PageQuery): Promise<TranscodePage>;
  /** Breaks the stream off; does nothing to one that has ended. */
  cancel(caller: Caller, id: string): Promise<void>;
  /** Resolves when ffmpeg has taken the change. Throws CONFLICT. */
  adjust(caller: Caller, id: string, patch: FilterPatch): Promise<Adjusted>;
};

/** Between two looks for a record that may be about to be written, ms. */
const LOOK_AGAIN_MS = 50;

type Found = { readonly kind: 'here'; readonly transcode: Tracked } | ({ readonly kind: 'stored' } & StoredTranscode);

/** What runs here is told and done here; the rest is read from the store, and done by the instance that streams it. */
export function createTranscodes({ journal, shared }: TranscodesOptions): Transcodes {
  async function find({ subject }: Caller, id: string): Promise<Found> {
    if (!isUuid(id)) throw notFound();
    const transcode = journal.find(id.toLowerCase());
    const found: Found | undefined = transcode === undefined ? await findStored(id) : { kind: 'here', transcode };
    const owner = found?.kind === 'here' ? found.transcode.owner : found?.owner;
    if (found === undefined || owner !== subject) throw notFound();
    return found;
  }

  async function findStored(id: string): Promise<Found | undefined> {
    for (;;) {
      const stored = await shared?.store.find(id);
      if (stored !== undefined) return { kind: 'stored', ...stored };
      if (shared === undefined || !mayBeOnItsWay(id)) return undefined;
      await delay(LOOK_AGAIN_MS);
    }
  }

  /** Has it done by the instance that streams it; undefined when that one has ended it meanwhile, or is gone. */
  async function elsewhere(stored: StoredTranscode, action: ControlAction): Promise<Done> {
    const { record, instanceId, isInstanceAlive } = stored;
    if (hasEnded(record.state)) return 'ended';
    if (!isInstanceAlive || shared === undefined) throw instanceGone();
    return await shared.control.ask(instanceId, { transcode: record.id, action });
  }

  return {
    async get(caller, id) {
      const found = await find(caller, id);
      return found.kind === 'here' ? found.transcode.record() : found.record;
    },

    async list({ subject: owner }, query) {
      const here = journal.known().filter((transcode) => transcode.owner === owner);
      const known = here.map((transcode) => transcode.record()).filter((record) => isAskedFor(record, query));
      const { limit } = query;
      if (shared === undefined) return pageOf(known, { limit, mayBeMore: false });
      try {
        const except = here.map(({ id }) => id);
        const stored = await shared.store.list({ ...query, limit: limit + 1, owner, except });
        return pageOf([...known, ...stored], { limit, mayBeMore: false });
      } catch (error) {
        // What is known is told; whoever asks for what is behind it is told that the rest is not known now.
        if (known.length === 0) throw error;
        return pageOf(known, { limit, mayBeMore: true });
      }
    },

    async cancel(caller, id) {
      const found = await find(caller, id);
      if (found.kind === 'here') await found.transcode.cancel();
      else await elsewhere(found, { kind: 'cancel' });
    },

    async adjust(caller, id, patch) {
      const found = await find(caller, id);
      if (found.kind === 'here') return await found.transcode.adjust(patch);
      const answer = await elsewhere(found, { kind: 'adjust', patch });
      if (typeof answer === 'object') return answer;
      throw hasBeenEnded(await find(caller, id));
    },
  };
}

function notFound(): AppError {
  return new AppError('NOT_FOUND', {}, { message: 'there is no such transcode' });
}

function instanceGone(): AppError {
  const details = { part: 'instance', reason: 'instance_gone' };
  return new AppError('UNAVAILABLE', details, { message: 'the process that streams it does not answer' });
}

function hasBeenEnded(found: Found): AppError {
  const { state } = found.kind === 'here' ? found.transcode.record() : found.record;
  if (!hasEnded(state)) return instanceGone();
  return new AppError('CONFLICT', { state }, { message: `a transcode that is ${state} cannot be adjusted` });
}
