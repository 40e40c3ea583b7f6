import { startDatabase } from './database.ts';
import { type Orchestrator, startOrchestrator } from './orchestrator.ts';
import { type HostProgram, type Part, startHost, startSource } from './part.ts';

export type Service = {
  readonly host: Part;
  /** Resolves when the service plays so many streams, and no more; rejects when it does not come to that. */
  settled(streams?: number): Promise<void>;
};

/** Both ways side by side: a server of sources, the service, and the small program that plays either way. */
export type Rig = AsyncDisposable &
  Service & {
    readonly source: Part;
    /** The service of an earlier commit, when the rig was started with one. */
    readonly earlier?: Service;
    readonly orchestrator: Orchestrator;
    /** The address of the Nth file: at each call another one, that nobody has asked for yet. */
    freshUrl(index?: number): string;
  };

export type RigOptions = {
  readonly files: readonly string[];
  /** Whether there is a PostgreSQL, one for each service. */
  readonly database?: boolean;
  /** Of the host. */
  readonly settings?: NodeJS.ProcessEnv;
  /** The host: that of this checkout, unless another one is given. */
  readonly program?: HostProgram | undefined;
  /** Another host to run in parallel with it. */
  readonly earlier?: HostProgram | undefined;
};

/** None of these ever stands in the way of a row: it measures what it means to. */
const NO_LIMITS = {
  MAX_CONCURRENT_STREAMS: '400',
  RATE_LIMIT_PER_CALLER: '1000000',
  RATE_LIMIT_PER_ADDRESS: '1000000',
};

/** Longest wait for streams that are over to be freed, ms. */
const SETTLE_MS = 60_000;

export async function startRig({ files, database = false, settings = {}, program, earlier }: RigOptions): Promise<Rig> {
  await using parts = new AsyncDisposableStack();
  const source = parts.use(await startSource(...files));
  async function serve(served?: HostProgram): Promise<Service> {
    const records = database ? { DATABASE_URL: parts.use(await startDatabase()).url } : {};
    const environment = { ...NO_LIMITS, ...records, ...settings };
    const host = parts.use(await startHost(source.url, { environment, program: served }));
    // What is found out once at the start is not waited for by the first request.
    await health(host);
    return { host, settled: (streams = 0) => settled(host, streams) };
  }
  const ours = await serve(program);
  const other = earlier && { earlier: await serve(earlier) };
  const orchestrator = parts.use(startOrchestrator());
  const owned = parts.move();
  let asked = 0;
  return {
    ...ours,
    ...other,
    source,
    orchestrator,
    freshUrl(index = 0) {
      asked += 1;
      return `${source.url}${index}?${asked}`;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The service of this checkout, and that of an earlier commit if the rig has one. */
export function servicesOf(rig: Rig): Service[] {
  return [rig, ...(rig.earlier === undefined ? [] : [rig.earlier])];
}

async function settled(host: Part, streams: number): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const { active_streams: active } = await health(host);
    if (active === streams) return;
    if (performance.now() > deadline) throw new Error(`${active} streams play instead of ${streams}`);
  }
}

async function health({ url }: Part): Promise<{ readonly active_streams: number }> {
  return (await (await fetch(`${url}/health`)).json()) as { active_streams: number };
}
