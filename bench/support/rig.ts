import { startDatabase } from './database.ts';
import { type Orchestrator, startOrchestrator } from './orchestrator.ts';
import { type Part, startHost, startSource } from './part.ts';

/** Both ways side by side: a server of sources, the service, and the small program that plays either way. */
export type Rig = AsyncDisposable & {
  readonly source: Part;
  readonly host: Part;
  readonly orchestrator: Orchestrator;
  /** The address of the Nth file: at each call another one, that nobody has asked for yet. */
  freshUrl(index?: number): string;
  /** Resolves when the service plays so many streams, and no more; rejects when it does not come to that. */
  settled(streams?: number): Promise<void>;
};

export type RigOptions = {
  readonly files: readonly string[];
  /** Whether there is a PostgreSQL. */
  readonly database?: boolean;
  /** Of the host. */
  readonly settings?: NodeJS.ProcessEnv;
};

/** None of these ever stands in the way of a row: it measures what it means to. */
const NO_LIMITS = {
  MAX_CONCURRENT_STREAMS: '400',
  RATE_LIMIT_PER_CALLER: '1000000',
  RATE_LIMIT_PER_ADDRESS: '1000000',
};

/** Longest wait for streams that are over to be freed, ms. */
const SETTLE_MS = 60_000;

export async function startRig({ files, database = false, settings = {} }: RigOptions): Promise<Rig> {
  await using parts = new AsyncDisposableStack();
  const source = parts.use(await startSource(...files));
  const records = database ? { DATABASE_URL: parts.use(await startDatabase()).url } : {};
  const host = parts.use(await startHost(source.url, { ...NO_LIMITS, ...records, ...settings }));
  const orchestrator = parts.use(startOrchestrator());
  // What is found out once at the start is not waited for by the first request.
  await health(host);
  const owned = parts.move();
  let asked = 0;
  return {
    source,
    host,
    orchestrator,
    freshUrl(index = 0) {
      asked += 1;
      return `${source.url}${index}?${asked}`;
    },
    async settled(streams = 0) {
      const deadline = performance.now() + SETTLE_MS;
      for (;;) {
        const { active_streams: active } = await health(host);
        if (active === streams) return;
        if (performance.now() > deadline) throw new Error(`${active} streams play instead of ${streams}`);
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function health({ url }: Part): Promise<{ readonly active_streams: number }> {
  return (await (await fetch(`${url}/health`)).json()) as { active_streams: number };
}
