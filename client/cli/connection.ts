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

/** Options of the connection to the service. */
export const CONNECTION_OPTIONS = {
  url: { type: 'string', value: 'URL', help: 'the service (default FFN_URL, or http://127.0.0.1:8090)' },
  ...CREDENTIAL_OPTIONS,
  timeout: {
    type: 'string',
    value: 'SECONDS',
    help: 'give up after this time without a response (default 5) or without audio (default 15)',
  },
} as const satisfies Options;

/** Options for the local ffmpeg. */
export const FALLBACK_OPTIONS = {
  'no-fallback': { type: 'boolean', help: 'use only the service, not the local ffmpeg' },
  patience: {
    type: 'string',
    value: 'SECONDS',
    help: 'silence of the service before the local ffmpeg takes over (default 10; --live and play: 2, then 0.8)',
  },
  ffmpeg: { type: 'string', value: 'PATH', help: 'the local ffmpeg (default FFMPEG_PATH, or the first capable one)' },
} as const satisfies Options;

const DEFAULT_URL = 'http://127.0.0.1:8090';
const OWN_PATHS = { ...FUNCTION_PATHS, uploads: PATHS.uploads.own } as const;

/** The service, and the client with its fallback; `using` closes it. */
export type Connection = Disposable & {
  readonly url: string;
  readonly client: Client;
  /** Opens a stream. Resolves when the first audio has arrived. Throws when the service rejects the credentials. */
  open(request: TranscodeRequest, options: { readonly signal: AbortSignal }): Promise<AudioStream>;
  readonly calls: ServiceCalls<keyof typeof OWN_PATHS>;
  readonly hasFallback: boolean;
  /** Local files that the fallback opens, by their `source_url` on the service. */
  readonly localFiles: Map<string, URL>;
};

/** Output to a file may start later than audio for a listener. */
const FILE_PATIENCE_SECONDS = 10;

/** Connects to the service. Throws a usage error for invalid settings. */
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
      resolveSource: (source) => localFiles.get(source) ?? source,
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
    open: (request, { signal }) =>
      warnings.during((rejected) => client.transcode(request, { signal: AbortSignal.any([signal, rejected]) })),
    calls,
    hasFallback,
    localFiles,
    [Symbol.dispose]: () => client.close(),
  };
}

function serviceUrl(values: Values): string {
  const url = (textOf(values, 'url') ?? process.env['FFN_URL'] ?? DEFAULT_URL).replace(/\/+$/, '');
  const { username, password, protocol } = URL.canParse(url) ? new URL(url) : {};
  // The message does not contain the URL, which may hold a password.
  if (!/^https?:$/.test(protocol ?? '')) throw usageError('--url (FFN_URL) is not an http or https URL');
  if (username || password) throw usageError('--url (FFN_URL) contains a user: use --api-key or --token');
  return url;
}

function millisecondsOf(values: Values, name: string): number | undefined {
  const seconds = numberOf(values, name);
  if (seconds !== undefined && seconds <= 0) throw usageError(`--${name} takes a number of seconds above 0`);
  return seconds === undefined ? undefined : seconds * 1_000;
}
