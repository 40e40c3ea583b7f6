import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../support/free-ports.ts';
import { type Host, startHost } from '../../support/host.ts';
import { type HttpSource, inTurn, neverAnswer, serve, startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, type MediaFolder, noise, type Sound } from '../../support/media.ts';
import { startPostgres } from '../../support/postgres.ts';
import { sweep } from '../../support/sweep.ts';

/** The system for the Python tests: sources, and a host that they start and kill over HTTP. */
export type PythonSystem = AsyncDisposable & {
  readonly controlUrl: string;
};

/**
 * Starts the sources, with the sounds that are needed, and the control server. The host starts on request, always on
 * the same port.
 */
export async function startPythonSystem(needs: (path: string) => boolean = () => true): Promise<PythonSystem> {
  await using stack = new AsyncDisposableStack();
  const media = stack.use(await createMediaFolder());
  const source = stack.use(await startSource(media, needs));
  const [port = 0, recordedPort = 0] = await freePorts(2);
  let postgres: ReturnType<typeof startPostgres> | undefined;
  stack.defer(async () => await (await postgres)?.[Symbol.asyncDispose]());
  const host = createHostControl(port, source);
  stack.defer(host.end);
  const recorded = createHostControl(recordedPort, source, async () => {
    // Most tests need no database.
    postgres ??= startPostgres();
    return { DATABASE_URL: (await postgres).url };
  });
  stack.defer(recorded.end);
  const limited = createLimitedHostControl(source);
  stack.defer(limited.end);
  const actions: Readonly<Record<string, () => Promise<unknown>>> = {
    '/start-host': host.start,
    '/kill-host': host.kill,
    '/start-recorded-host': async () => {
      await recorded.start();
      return { service: `http://127.0.0.1:${recordedPort}` };
    },
    '/kill-recorded-host': recorded.kill,
    '/start-limited-host': async () => ({ service: await limited.start() }),
    '/state': async () => ({
      service: `http://127.0.0.1:${port}`,
      source: source.origin,
      folder: media.directory,
      requests: source.requests.map(({ url }) => url),
    }),
  };
  const server = createServer((request, response) => void answer(request, response, actions));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const parts = stack.move();
  return {
    controlUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function answer(
  { url = '' }: IncomingMessage,
  response: ServerResponse,
  actions: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  try {
    const result = await actions[url]?.();
    response.writeHead(200, { connection: 'close' }).end(JSON.stringify(result ?? {}));
  } catch (error) {
    response.writeHead(500, { connection: 'close' }).end(String(error));
  }
}

const LONG_SECONDS = 620;
const BEEPS = { lavfi: `sine=frequency=440:beep_factor=4:sample_rate=48000:duration=${LONG_SECONDS}` };

/** The sounds that the sources serve, by path, and the ffmpeg options for their files. */
const SOUNDS: Readonly<Record<string, { readonly sound: Sound; readonly options?: readonly string[] }>> = {
  '/noise.mp3': { sound: noise('pink', 12), options: ['-c:a', 'libmp3lame', '-b:a', '192k'] },
  '/sweep.flac': { sound: sweep(40) },
  '/long.flac': { sound: BEEPS },
  '/last': { sound: noise('pink', 2), options: ['-c:a', 'aac', '-f', 'ipod'] },
};

/** Serves generated files by name. */
async function startSource(media: MediaFolder, needs: (path: string) => boolean): Promise<HttpSource> {
  const needed = Object.entries(SOUNDS).filter(([path]) => needs(path));
  const made = needed.map(
    async ([path, { sound, options }]) => [path, await media.make(path.slice(1), sound, options)] as const,
  );
  const files: Readonly<Record<string, Buffer>> = {
    ...Object.fromEntries(await Promise.all(made)),
    '/corrupt.mp3': Buffer.alloc(100_000, 'this is no audio '),
    '/page.mp3': Buffer.from('<!doctype html><title>Not here</title>'),
    '/empty.mp3': Buffer.alloc(0),
  };
  const scripted = new Map<string, RequestListener>();
  return await startHttpSource((request, response) => {
    const { pathname, searchParams, href } = new URL(request.url ?? '/', 'http://source');
    const file = files[pathname];
    if (file === undefined) return void response.writeHead(404).end();
    const behave = scripted.get(href) ?? scriptedSource(file, searchParams.get('in_turn') ?? 'whole');
    scripted.set(href, behave);
    behave(request, response);
  });
}

/** `in_turn=0.5,never,whole`: the behaviour for the first request, the second, …; 0.5 stalls after half the file. */
function scriptedSource(file: Buffer, inTurnOf: string): RequestListener {
  const behaviours: Readonly<Record<string, RequestListener>> = {
    whole: serve(file),
    never: neverAnswer,
    busy: (_, response) => void response.writeHead(503).end(),
    late: (request, response) => void delay(LATE_MS).then(() => serve(file)(request, response)),
  };
  const stall =
    (share: number): RequestListener =>
    (_, response) =>
      response.writeHead(200, { 'content-length': file.length }).write(file.subarray(0, file.length * share));
  return inTurn(...inTurnOf.split(',').map((name) => behaviours[name] ?? stall(Number(name))));
}

/** Longer than the silence timeout of the tests, and shorter than the wait for the service. */
const LATE_MS = 1_200;

type Settings = Readonly<Record<string, string>>;

function createHostControl(port: number, source: HttpSource, settings: () => Promise<Settings> = async () => ({})) {
  let host: Host | undefined;
  return {
    async start(): Promise<void> {
      host ??= await startHost({ PORT: port, SOURCE_ALLOWED_NETWORKS: source.network, ...(await settings()) });
    },
    async kill(): Promise<void> {
      const killed = host;
      host = undefined;
      killed?.kill();
      await killed?.[Symbol.asyncDispose]();
    },
    end: async (): Promise<void> => await host?.[Symbol.asyncDispose](),
  };
}

const LIMITED_HOST = new URL('../support/limited-host.ts', import.meta.url);
/** The time limit of a function; on the platform it is 15 minutes. */
const FUNCTION_TIMEOUT_SECONDS = 3;

function createLimitedHostControl(source: HttpSource) {
  let host: Promise<Host> | undefined;
  return {
    async start(): Promise<string> {
      host ??= startHost({ FUNCTION_TIMEOUT_SECONDS, SOURCE_ALLOWED_NETWORKS: source.network }, LIMITED_HOST);
      return (await host).url;
    },
    end: async (): Promise<void> => await (await host)?.[Symbol.asyncDispose](),
  };
}

/** For manual use: prints the control URL and runs until SIGTERM. */
if (import.meta.main) {
  await using system = await startPythonSystem();
  process.stdout.write(`${system.controlUrl}\n`);
  await once(process, 'SIGTERM');
}
