import { PATHS } from '#lib/api/paths.ts';
import type { AudioStream } from '../audio-stream.ts';
import { type Client, createClient } from '../client.ts';
import { RETRY } from '../options.ts';
import type { TranscodeRequest } from '../request.ts';
import { createServiceCalls, type ServiceCalls } from '../service/calls.ts';
import { FUNCTION_PATHS } from '../service/function-urls.ts';
import { TIMEOUTS } from '../stream/timeouts.ts';
import { numberOf, type Options, type Run, textOf, type Values } from './arguments/command.ts';
import { CREDENTIAL_OPTIONS, credentialsOf } from './arguments/credentials.ts';
import { usageError } from './exit-codes.ts';
import { createOpeningWarnings } from './output/opening-warnings.ts';

/** Options for reaching the service. */
export const CONNECTION_OPTIONS = {
  url: { type: 'string', value: 'URL', help: 'of the service (FFN_URL; http://127.0.0.1:8090)' },
  ...CREDENTIAL_OPTIONS,
  timeout: { type: 'string', value: 'SECONDS', help: 'how long nothing may come before it is given up' },
} as const satisfies Options;

/** Options for the local ffmpeg. */
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
const OWN_PATHS = { ...FUNCTION_PATHS, uploads: PATHS.uploads.own } as const;

/** The service and the client, with its fallback; `using` closes it. */
export type Connection = Disposable & {
  readonly url: string;
  readonly client: Client;
  /** Resolves when there is audio. */
  open(request: TranscodeRequest, options: { readonly signal: AbortSignal }): Promise<AudioStream>;
  readonly calls: ServiceCalls<keyof typeof OWN_PATHS>;
  readonly hasFallback: boolean;
  /** Files of this machine that the local ffmpeg opens, by their `source_url` in the service. */
  readonly localFiles: Map<string, URL>;
};

/** A file may take longer to begin than audio that somebody hears. */
const FILE_PATIENCE_SECONDS = 10;

/** Throws a usage error for settings that cannot work. */
export function connect({ values, report }: Pick<Run, 'values' | 'report'>, { isLive = false } = {}): Connection {
  const url = serviceUrl(values);
  const credentials = credentialsOf(values);
  const timeoutMs = millisecondsOf(values, 'timeout');
  const patienceMs = millisecondsOf(values, 'patience') ?? (isLive ? undefined : FILE_PATIENCE_SECONDS * 1_000);
  const hasFallback = values['no-fallback'] !== true;
  const ffmpegPath = textOf(values, 'ffmpeg');
  const localFiles = new Map<string, URL>();
  const warnings = createOpeningWarnings(report);
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
    log: { warn: warnings.warn },
  });
  const calls = createServiceCalls({
    urls: Object.fromEntries(Object.entries(OWN_PATHS).map(([name, path]) => [name, url + path])) as typeof OWN_PATHS,
    credentials,
    timeoutMs: timeoutMs ?? TIMEOUTS.requestMs,
    retry: RETRY,
  });
  return {
    url,
    client,
    open: (request, options) => warnings.during(() => client.transcode(request, options)),
    calls,
    hasFallback,
    localFiles,
    [Symbol.dispose]: () => client.close(),
  };
}

function serviceUrl(values: Values): string {
  const url = (textOf(values, 'url') ?? process.env['FFN_URL'] ?? DEFAULT_URL).replace(/\/+$/, '');
  const { username, password, protocol } = URL.canParse(url) ? new URL(url) : {};
  // The message does not repeat it: it may hold a password.
  if (!/^https?:$/.test(protocol ?? '')) throw usageError('--url (FFN_URL) is no http or https URL of a service');
  if (username || password) throw usageError('--url (FFN_URL) names a user: give --api-key or --token');
  return url;
}

function millisecondsOf(values: Values, name: string): number | undefined {
  const seconds = numberOf(values, name);
  if (seconds !== undefined && seconds <= 0) throw usageError(`--${name} takes a number of seconds above 0`);
  return seconds === undefined ? undefined : seconds * 1_000;
}
