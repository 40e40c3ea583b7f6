import { setTimeout as delay } from 'node:timers/promises';
import { validate as isUuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { Control } from './control.ts';
import { mayBeOnItsWay } from './on-its-way.ts';
import { type Page, pageOf } from './page.ts';
import type { Tracked, WorkRecord } from './record.ts';

/** A record as it was written, by any instance. */
export type Stored<Item> = {
  readonly owner: string;
  readonly record: Item;
  readonly instanceId: string;
  /** Whether that instance has been seen lately. */
  readonly isInstanceAlive: boolean;
};

/** What has been written. Everything throws UNAVAILABLE while it cannot be read. */
export type WorkStore<Item, Query> = {
  find(id: string): Promise<Stored<Item> | undefined>;
  /** Newest first, at most `limit`, without those of `except`. */
  list(query: Query & { readonly owner: string; readonly except: readonly string[] }): Promise<Item[]>;
};

export type OwnedOptions<Work extends Tracked<Item>, Item extends WorkRecord, Query extends Paged, Action, Done> = {
  /** What callers name the work by, as `transcode`. */
  readonly noun: string;
  readonly journal: { find(id: string): Work | undefined; known(): readonly Work[] };
  /** What instances share; undefined where this process is alone. */
  readonly shared: { readonly store: WorkStore<Item, Query>; readonly control: Control<Action, Done> } | undefined;
  /** Whether a record is one that the query selects. */
  readonly selects: (record: Item, query: Query) => boolean;
};

type Paged = { readonly limit: number };

/** Work that runs here, or else its record as it was written. */
export type Found<Work, Item> =
  | { readonly kind: 'here'; readonly owner: string; readonly work: Work }
  | ({ readonly kind: 'stored' } & Stored<Item>);

/** A caller's work of one kind. Everything that takes an id throws NOT_FOUND, also for another caller's work. */
export type Owned<Work, Item, Query, Action, Done> = {
  find(caller: Caller, id: string): Promise<Found<Work, Item>>;
  get(caller: Caller, id: string): Promise<Item>;
  list(caller: Caller, query: Query): Promise<Page<Item>>;
  /** Requests it from the instance that does the work; undefined when the work has ended. Throws UNAVAILABLE when that one is gone. */
  elsewhere(stored: Stored<Item>, action: Action): Promise<Done | undefined>;
};

/** Between two looks for a record that may be about to be written, ms. */
const LOOK_AGAIN_MS = 50;

/** Looks for work here first; the rest is read from the store, and acted on by the instance that does it. */
export function createOwned<Work extends Tracked<Item>, Item extends WorkRecord, Query extends Paged, Action, Done>(
  options: OwnedOptions<Work, Item, Query, Action, Done>,
): Owned<Work, Item, Query, Action, Done> {
  const { noun, journal, shared, selects } = options;

  async function find({ subject }: Caller, id: string): Promise<Found<Work, Item>> {
    if (!isUuid(id)) throw notFound(noun);
    const work = journal.find(id.toLowerCase());
    const found = work === undefined ? await findStored(id) : ({ kind: 'here', owner: work.owner, work } as const);
    if (found?.owner !== subject) throw notFound(noun);
    return found;
  }

  async function findStored(id: string): Promise<Found<Work, Item> | undefined> {
    for (;;) {
      const stored = await shared?.store.find(id);
      if (stored !== undefined) return { kind: 'stored', ...stored };
      if (shared === undefined || !mayBeOnItsWay(id)) return undefined;
      await delay(LOOK_AGAIN_MS);
    }
  }

  return {
    find,

    async get(caller, id) {
      const found = await find(caller, id);
      return found.kind === 'here' ? found.work.record() : found.record;
    },

    async list({ subject: owner }, query) {
      const here = journal.known().filter((work) => work.owner === owner);
      const known = here.map((work) => work.record()).filter((record) => selects(record, query));
      const { limit } = query;
      if (shared === undefined) return pageOf(known, { limit, mayBeMore: false });
      try {
        const except = here.map(({ id }) => id);
        const stored = await shared.store.list({ ...query, limit: limit + 1, owner, except });
        return pageOf([...known, ...stored], { limit, mayBeMore: false });
      } catch (error) {
        // Without the store the page has what is known here; a request for the next page gets the error.
        if (known.length === 0) throw error;
        return pageOf(known, { limit, mayBeMore: true });
      }
    },

    async elsewhere({ record, instanceId, isInstanceAlive }, action) {
      if (record.ended_at !== null) return undefined;
      if (!isInstanceAlive || shared === undefined) throw instanceGone();
      return await shared.control.request(instanceId, record.id, action);
    },
  };
}

export function instanceGone(): AppError {
  const details = { part: 'instance', reason: 'instance_gone' };
  return new AppError('UNAVAILABLE', details, { message: 'the process that streams it does not answer' });
}

function notFound(noun: string): AppError {
  return new AppError('NOT_FOUND', {}, { message: `there is no such ${noun}` });
}
