import { addAbortListener } from 'node:events';
import type { Readable } from 'node:stream';
import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { describeSource, parseSourceUrl, type S3Object, type SourceUrl } from '#lib/source-url.ts';
import { unlessAborted } from '#lib/unless-aborted.ts';
import { type Accept, type AcceptedFormats, RECOGNISERS } from './accepted-formats.ts';
import { createAddressPolicy, TRUST_EVERY_ADDRESS } from './connection/address-policy.ts';
import { createGuardedAgent, type GuardedAgentOptions } from './connection/guarded-agent.ts';
import { type HttpTarget, httpRequest } from './connection/http-request.ts';
import { readHead } from './read-head.ts';
import { resumableBody, tooLarge } from './resuming/resumable-body.ts';
import { validatorsOf } from './resuming/resume-plan.ts';
import { readTail } from './resuming/tail.ts';
import { sourceBody } from './source-body.ts';
import { sourceVersion } from './source-version.ts';

/** What is known of audio. */
export type SourceFormat = AcceptedFormats['audio'];

export type OpenedSource<Format = SourceFormat> = {
  /** For logs and errors: no userinfo, query or fragment. */
  readonly description: string;
  /** What the source declares, in bytes, leading tags included. */
  readonly size: number | undefined;
  /** Names this version of it; undefined when its server gives no sure sign of one, or forbids to keep it. */
  readonly version: string | undefined;
  readonly format: Format;
  /**
   * The bytes after any leading ID3 tag. Destroyed with an AppError when the source fails, and with the signal's reason.
   * It may be left alone: a failure without a listener ends nothing but the stream.
   */
  readonly body: Readable;
  /**
   * Returns its last `bytes` bytes, by a request of their own; undefined when it is no longer than that, or its length is not
   * known. Throws as opening does.
   */
  tail(bytes: number, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Frees the connection; may be called again, and after the end. */
  close(): void;
};

export type OpenOptions<Kind extends Accept = Accept> = {
  /** What the source must be, by its first bytes. */
  readonly accept: Kind;
  readonly signal: AbortSignal;
  /** Undefined is a caller of an open service. */
  readonly caller?: Caller | undefined;
};

export type SourceOpener = {
  /**
   * Opens what a user names and reads until its kind is known. Throws INVALID_URL, SOURCE_FORBIDDEN, DOWNLOAD_FAILED,
   * TIMEOUT, PAYLOAD_TOO_LARGE, UNSUPPORTED_FORMAT for what is not accepted, UNAVAILABLE (S3 not usable), and the signal's
   * reason.
   */
  open<Kind extends Accept>(url: string, options: OpenOptions<Kind>): Promise<OpenedSource<AcceptedFormats[Kind]>>;
  /** Ends every connection; sources still open, and those being opened, end with UNAVAILABLE `{part: 'shutting_down'}`. */
  close(): Promise<void>;
};

/** Turns `s3://` sources into URLs to GET. */
type S3Signer = {
  /**
   * Returns a URL that GETs the object, with any Range header. It is a secret, and expires: sign again for each request.
   * An undefined caller is one of an open service. Throws SOURCE_FORBIDDEN for what the caller may not read, UNAVAILABLE.
   */
  sign(object: S3Object, caller: Caller | undefined): Promise<URL>;
};

export type SourceOpenerOptions = Omit<GuardedAgentOptions, 'policy'> & {
  /** SOURCE_ALLOWED_NETWORKS, one entry each; see `parseAllowedNetwork`, whose TypeError passes. */
  readonly allowedNetworks: readonly string[];
  readonly s3: S3Signer;
  readonly maxBytes: number;
  /** How long a source may send less than `minBytesPerSecond` on average. */
  readonly stallTimeoutMs: number;
  readonly minBytesPerSecond: number;
  readonly backoffMs?: readonly number[] | undefined;
};

const DEFAULT_BACKOFF_MS = [100, 400, 1000] as const;

/** Opens sources for one process; connections are shared and kept alive. */
export function createSourceOpener(options: SourceOpenerOptions): SourceOpener {
  const guardedAgent = createGuardedAgent({ ...options, policy: createAddressPolicy(options.allowedNetworks) });
  /** For signed S3 URLs only, whose host the operator has configured. */
  const trustedAgent = createGuardedAgent({ ...options, policy: TRUST_EVERY_ADDRESS });

  /** Returns where to GET a source now; for each request anew. */
  async function locate(source: SourceUrl, caller: Caller | undefined): Promise<HttpTarget> {
    if (source.kind === 'http') return { url: source.url, authorization: source.authorization, agent: guardedAgent };
    return { url: await options.s3.sign(source, caller), authorization: undefined, agent: trustedAgent };
  }

  /** The bytes of `source` and its declared size, from a first request that succeeded. */
  async function download(source: SourceUrl, { signal, caller }: Pick<OpenOptions, 'signal' | 'caller'>) {
    const request = async (headers: Record<string, string>, until = signal) => {
      const target = await unlessAborted(locate(source, caller), until);
      return await httpRequest(target, { headers, redirectAgent: guardedAgent, signal: until });
    };
    const first = await request({});
    const validators = validatorsOf(first);
    const { size } = validators;
    if (size !== undefined && size > options.maxBytes) throw tooLarge(options.maxBytes, size);
    const bytes = resumableBody({
      first,
      reopen: (headers) => request(headers),
      maxBytes: options.maxBytes,
      rate: { minBytesPerSecond: options.minBytesPerSecond, windowMs: options.stallTimeoutMs },
      backoffMs: options.backoffMs ?? DEFAULT_BACKOFF_MS,
      signal,
    });
    const tail: OpenedSource['tail'] = (length, until) =>
      readTail(length, { validators, reopen: (headers) => request(headers, AbortSignal.any([signal, until])) });
    return { size, version: sourceVersion(source, first), bytes, tail };
  }

  const connections = new Set<AbortController>();
  let closed = false;

  return {
    async open(url, { accept, signal, caller }) {
      signal.throwIfAborted();
      if (closed) throw shuttingDown();
      const source = parseSourceUrl(url);
      const connection = new AbortController();
      connections.add(connection);
      const listener = addAbortListener(signal, () => connection.abort(signal.reason));
      const release = () => {
        listener[Symbol.dispose]();
        connections.delete(connection);
      };
      try {
        const { size, version, bytes, tail } = await download(source, { signal: connection.signal, caller });
        const head = await readHead(bytes, RECOGNISERS[accept]);
        const body = sourceBody({ head, rest: bytes, connection }).once('close', release);
        const description = describeSource(source);
        return { description, size, version, format: head.format, body, tail, close: () => body.destroy() };
      } catch (error) {
        release();
        connection.abort(error);
        throw error;
      }
    },
    async close() {
      closed = true;
      for (const connection of connections) connection.abort(shuttingDown());
      await Promise.all([guardedAgent.destroy(), trustedAgent.destroy()]);
    },
  };
}

function shuttingDown(): AppError {
  return new AppError('UNAVAILABLE', { part: 'shutting_down' }, { message: 'the service is shutting down' });
}
