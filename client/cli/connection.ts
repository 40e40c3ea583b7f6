import { type Client, createClient } from '../client.ts';
import { RETRY, TIMEOUTS } from '../options.ts';
import { type Credentials, createServiceCalls, FUNCTION_PATHS, type ServiceCalls } from '../service-calls.ts';
import { numberOf, type Options, type Run, textOf, type Values } from './command.ts';
import { usageError } from './exit-codes.ts';

/** How the service is reached. */
export const CONNECTION_OPTIONS = {
  url: { type: 'string', value: 'URL', help: 'of the service (FFN_URL; http://127.0.0.1:8090)' },
  'api-key': { type: 'string', value: 'KEY', help: 'what proves who asks (FFN_API_KEY, which ps does not show)' },
  token: { type: 'string', value: 'TOKEN', help: 'the same (FFN_TOKEN)' },
  timeout: { type: 'string', value: 'SECONDS', help: 'how long nothing may come before it is given up' },
} as const satisfies Options;

/** What plays where the service does not. */
export const FALLBACK_OPTIONS = {
  'no-fallback': { type: 'boolean', help: 'by the service or not at all' },
  patience: {
    type: 'string',
    value: 'SECONDS',
    help: 'how long the service may be silent before the local ffmpeg goes on (10; live: 2 at first, then 1)',
  },
  ffmpeg: { type: 'string', value: 'PATH', help: 'of the local ffmpeg (FFMPEG_PATH)' },
} as const satisfies Options;

const DEFAULT_URL = 'http://127.0.0.1:8090';
const PATHS = { ...FUNCTION_PATHS, uploads: '/api/uploads' } as const;

/** The service, and what plays without it; `using` closes it. */
export type Connection = Disposable & {
  readonly url: string;
  readonly client: Client;
  readonly calls: ServiceCalls<keyof typeof PATHS>;
  readonly hasFallback: boolean;
  /** Files of this machine that the local ffmpeg opens, by what the service calls them. */
  readonly localFiles: Map<string, URL>;
};

/** Nobody waits for a file that is being made as one does for what is heard. */
const FILE_PATIENCE_SECONDS = 10;

/** Throws a usage error for settings that cannot work. */
export function connect({ values, report }: Pick<Run, 'values' | 'report'>, { isLive = false } = {}): Connection {
  const { FFN_URL, FFN_API_KEY, FFN_TOKEN } = process.env;
  const url = (textOf(values, 'url') ?? FFN_URL ?? DEFAULT_URL).replace(/\/+$/, '');
  if (!/^https?:/.test(url) || !URL.canParse(url)) throw usageError(`"${url}" is no URL of a service`);
  const credentials = credentialsOf(textOf(values, 'api-key') ?? FFN_API_KEY, textOf(values, 'token') ?? FFN_TOKEN);
  const timeoutMs = millisecondsOf(values, 'timeout');
  const patienceMs = millisecondsOf(values, 'patience') ?? (isLive ? undefined : FILE_PATIENCE_SECONDS * 1_000);
  const hasFallback = values['no-fallback'] !== true;
  const ffmpegPath = textOf(values, 'ffmpeg');
  const localFiles = new Map<string, URL>();
  const client = createClient({
    baseUrl: url,
    ...(credentials === undefined ? {} : { credentials }),
    timeouts: {
      ...(timeoutMs === undefined ? {} : { requestMs: timeoutMs, giveUpMs: timeoutMs }),
      ...(patienceMs === undefined ? {} : { firstAudioMs: patienceMs, silenceMs: patienceMs, behindMs: patienceMs }),
    },
    fallback: hasFallback && {
      ...(ffmpegPath === undefined ? {} : { ffmpegPath }),
      resolveSource: (source) => localFiles.get(source)?.href ?? source,
    },
    log: { warn: (fields, message) => report.warn(fields, inWords(fields, message)) },
  });
  const calls = createServiceCalls({
    urls: Object.fromEntries(Object.entries(PATHS).map(([name, path]) => [name, url + path])) as typeof PATHS,
    credentials,
    timeoutMs: timeoutMs ?? TIMEOUTS.requestMs,
    retry: RETRY,
  });
  return { url, client, calls, hasFallback, localFiles, [Symbol.dispose]: () => client.close() };
}

function credentialsOf(apiKey: string | undefined, token: string | undefined): Credentials | undefined {
  if (apiKey) return { apiKey };
  return token ? { token } : undefined;
}

function millisecondsOf(values: Values, name: string): number | undefined {
  const seconds = numberOf(values, name);
  if (seconds !== undefined && seconds <= 0) throw usageError(`--${name} takes a number of seconds above 0`);
  return seconds === undefined ? undefined : seconds * 1_000;
}

/** The client's warnings for people. */
function inWords(fields: Readonly<Record<string, unknown>>, message: string): string {
  if ('reason' in fields) return `the ${fields['via']} failed: ${fields['reason']}`;
  return 'service' in fields ? `the service is ${fields['service']}` : message;
}
