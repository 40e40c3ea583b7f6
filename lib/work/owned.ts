import { validate as isUuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import { accountOf, type Caller } from '#lib/identity/caller.ts';
import type { Control } from './control.ts';
import { lookForRecord } from './on-its-way.ts';
import { type Page, pageOf } from './page.ts';
import type { Tracked, WorkRecord } from './record.ts';
import type { Share } from './shares.ts';

/** A record as written by any instance. */
export type Stored<Item> = {
  readonly owner: string;
  readonly record: Item;
  readonly instanceId: string;
  /** Whether that instance has been seen recently. */
  readonly isInstanceAlive: boolean;
};

/** The written records. All methods throw UNAVAILABLE while they cannot be read. */
export type WorkStore<Item, Query> = {
  find(id: string): Promise<Stored<Item> | undefined>;
  /** Newest first, at most `limit`, without the ids in `except`. */
  list(query: Query & { readonly owner: string; readonly except: readonly string[] }): Promise<Item[]>;
};

export type OwnedOptions<Work extends Tracked<Item>, Item extends WorkRecord, Query extends Paged, Action, Done> = {
  /** The name of the work in error messages, such as `transcode`. */
  readonly noun: string;
  readonly journal: { find(id: string): Work | undefined; known(): readonly Work[] };
  /** The state that instances share; undefined without a store. */
  readonly shared: SharedWork<Item, Query, Action, Done> | undefined;
  /** Returns whether the query selects a record. */
  readonly selects: (record: Item, query: Query) => boolean;
};

export type SharedWork<Item, Query, Action, Done> = {
  readonly store: WorkStore<Item, Query>;
  readonly control: Control<Action, Done>;
  /** The callers that wait for a record that is about to be written. */
  readonly waits: Share;
};

type Paged = { readonly limit: number };

/** Work of this process, or else its written record. */
export type Found<Work, Item> =
  | { readonly kind: 'here'; readonly owner: string; readonly work: Work }
  | ({ readonly kind: 'stored' } & Stored<Item>);

/** A caller's work of one kind. Methods with an id throw NOT_FOUND, also for another caller's work. */
export type Owned<Work, Item, Query, Action, Done> = {
  find(caller: Caller, id: string): Promise<Found<Work, Item>>;
  get(caller: Caller, id: string): Promise<Item>;
  list(caller: Caller, query: Query): Promise<Page<Item>>;
  /** Sends the action to the instance that runs the work; undefined if the work has ended. Throws UNAVAILABLE. */
  elsewhere(stored: Stored<Item>, action: Action): Promise<Done | undefined>;
};

/** Finds work in this process first. Other work is read from the store, and controlled through its own instance. */
export function createOwned<Work extends Tracked<Item>, Item extends WorkRecord, Query extends Paged, Action, Done>(
  options: OwnedOptions<Work, Item, Query, Action, Done>,
): Owned<Work, Item, Query, Action, Done> {
  const { noun, journal, shared, selects } = options;

  async function find(caller: Caller, id: string): Promise<Found<Work, Item>> {
    if (!isUuid(id)) throw notFound(noun);
    const work = journal.find(id.toLowerCase());
    const found =
      work === undefined
        ? await findStored(id, accountOf(caller))
        : ({ kind: 'here', owner: work.owner, work } as const);
    if (found?.owner !== caller.subject) throw notFound(noun);
    return found;
  }

  async function findStored(id: string, account: string): Promise<Found<Work, Item> | undefined> {
    if (shared === undefined) return undefined;
    const stored = await lookForRecord(id, () => shared.store.find(id), { waits: shared.waits, account });
    return stored === undefined ? undefined : { kind: 'stored', ...stored };
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
        // Without the store, the page contains the work of this process. A request for the next page gets the error.
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
  return new AppError('UNAVAILABLE', details, { message: 'the process that streams it does not respond' });
}

function notFound(noun: string): AppError {
  return new AppError('NOT_FOUND', {}, { message: `no such ${noun} exists` });
}
