import { startDatabase } from './database.ts';
import { type Orchestrator, startOrchestrator } from './orchestrator.ts';
import { type HostProgram, type Part, startHost, startRunner, startSource } from './part.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type Service = {
  readonly host: Part;
  /** Resolves when the service plays exactly this number of streams; rejects after a timeout. */
  settled(streams?: number): Promise<void>;
};

/** The setup for both ways: a source server, the service, and the small program that plays either way. */
export type Rig = AsyncDisposable &
  Service & {
    readonly source: Part;
    /** The service of an earlier commit, if the rig was started with one. */
    readonly earlier?: Service;
    readonly orchestrator: Orchestrator;
    /** A runner of jobs with nothing to do, if the rig was started with one. */
    readonly runner?: Part;
    /** Returns a new URL of the Nth file at each call, which has not been requested before. */
    freshUrl(index?: number): string;
  };

export type RigOptions = {
  readonly files: readonly string[];
  /** Whether there is a PostgreSQL, one for each service. */
  readonly database?: boolean;
  /** Whether a runner of jobs runs, too. It needs the database. */
  readonly runner?: boolean;
  /** Settings of the host. */
  readonly settings?: NodeJS.ProcessEnv;
  /** The host program; that of this checkout by default. */
  readonly program?: HostProgram | undefined;
  /** Another host to run in parallel with it. */
  readonly earlier?: HostProgram | undefined;
};

/** Limits that are high enough not to affect any row. */
const NO_LIMITS = {
  MAX_CONCURRENT_STREAMS: '400',
  RATE_LIMIT_PER_CALLER: '1000000',
  RATE_LIMIT_PER_ADDRESS: '1000000',
};

/** Longest wait until ended streams are freed, ms. */
const SETTLE_MS = 60_000;

export async function startRig(options: RigOptions): Promise<Rig> {
  const { files, database = false, settings = {}, program, earlier } = options;
  await using parts = new AsyncDisposableStack();
  const source = parts.use(await startSource(...files));
  const shared: NodeJS.ProcessEnv = {};
  async function serve(served?: HostProgram): Promise<Service> {
    const records = database ? { DATABASE_URL: parts.use(await startDatabase()).url } : {};
    Object.assign(shared, records);
    const environment = { ...NO_LIMITS, ...records, ...settings };
    const host = parts.use(await startHost(source.url, { environment, program: served }));
    // Waits for the one-time checks at the start, so that the first request does not.
    await health(host);
    return { host, settled: (streams = 0) => settled(host, streams) };
  }
  const ours = await serve(program);
  const runner = options.runner && { runner: parts.use(await startRunner(parts.use(temporaryFolder()).path, shared)) };
  const other = earlier && { earlier: await serve(earlier) };
  const orchestrator = parts.use(startOrchestrator());
  const owned = parts.move();
  let asked = 0;
  return {
    ...ours,
    ...other,
    ...runner,
    source,
    orchestrator,
    freshUrl(index = 0) {
      asked += 1;
      return `${source.url}${index}?${asked}`;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Returns the service of this checkout, and that of an earlier commit if the rig has one. */
export function servicesOf(rig: Rig): Service[] {
  return [rig, ...(rig.earlier === undefined ? [] : [rig.earlier])];
}

async function settled(host: Part, streams: number): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const { active_streams: active } = await health(host);
    if (active === streams) return;
    if (performance.now() > deadline) throw new Error(`${active} streams are active, not ${streams}`);
  }
}

async function health({ url }: Part): Promise<{ readonly active_streams: number }> {
  return (await (await fetch(`${url}/health`)).json()) as { active_streams: number };
}
