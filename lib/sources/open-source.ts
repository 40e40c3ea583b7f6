import { addAbortListener } from 'node:events';
import type { Readable } from 'node:stream';
import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { describeSource, parseSourceUrl, type S3Object, type SourceUrl } from '#lib/source-url.ts';
import { unlessAborted } from '#lib/unless-aborted.ts';
import { type Accept, type AcceptedFormats, RECOGNISERS } from './accepted-formats.ts';
import { TRUST_EVERY_ADDRESS } from './connection/address-policy.ts';
import { createGuardedHttp, type GuardedHttpOptions } from './connection/guarded-http.ts';
import { type HttpTarget, httpRequest } from './connection/http-request.ts';
import { resolveAsSystem } from './connection/resolver.ts';
import { checkHead, readHead } from './read-head.ts';
import { resumableBody, tooLarge } from './resuming/resumable-body.ts';
import { validatorsOf } from './resuming/resume-plan.ts';
import { readTail } from './resuming/tail.ts';
import { sourceBody } from './source-body.ts';
import { sourceVersion } from './source-version.ts';

/** What is known about a source that is opened as audio. */
export type SourceFormat = AcceptedFormats['audio'];

export type OpenedSource<Format = SourceFormat> = {
  /** The URL for logs and errors, without userinfo, query and fragment. */
  readonly description: string;
  /** The declared size in bytes, including leading tags. */
  readonly size: number | undefined;
  /** Identifies this version; undefined when the server sends no reliable validator or forbids storage. */
  readonly version: string | undefined;
  readonly format: Format;
  /**
   * The bytes after any leading ID3 tag. Destroyed with an AppError when the source fails, and with the signal's
   * reason. It needs no error listener: without one, a failure only ends the stream.
   */
  readonly body: Readable;
  /**
   * Returns the last `bytes` bytes of the source, with a separate request. Undefined when it is no longer than that or
   * its length is unknown. Throws as opening does.
   */
  tail(bytes: number, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Frees the connection. May be called again, and after the end. */
  close(): void;
};

export type OpenOptions<Kind extends Accept = Accept> = {
  /** The kind that the first bytes of the source must show. */
  readonly accept: Kind;
  readonly signal: AbortSignal;
  /** Undefined for a caller of an open service. */
  readonly caller?: Caller | undefined;
  /** Largest source, bytes; the opener's limit when absent. */
  readonly maxBytes?: number;
};

export type SourceOpener = {
  /**
   * Opens the URL of a user and reads until its format is known. Throws INVALID_URL, SOURCE_FORBIDDEN, DOWNLOAD_FAILED,
   * TIMEOUT, PAYLOAD_TOO_LARGE, UNSUPPORTED_FORMAT for formats that are not accepted, UNAVAILABLE (S3 not usable), and
   * the signal's reason.
   */
  open<Kind extends Accept>(url: string, options: OpenOptions<Kind>): Promise<OpenedSource<AcceptedFormats[Kind]>>;
  /**
   * Opens the URL and reads at most 64 KiB of it. Returns the version when nothing in them speaks against the source.
   * Throws as `open` does.
   */
  check(url: string, options: OpenOptions): Promise<OpenedSource['version']>;
  /** Closes all connections. Open sources and pending `open` calls fail with UNAVAILABLE `{reason: 'shutting_down'}`. */
  close(): Promise<void>;
};

/** Converts `s3://` sources to URLs for GET. */
type S3Signer = {
  /**
   * Returns a URL to GET the object with any Range header. It is a secret and expires, so each request needs a new one.
   * `caller` is undefined for an open service. Throws SOURCE_FORBIDDEN for objects the caller may not read,
   * UNAVAILABLE.
   */
  sign(object: S3Object, caller: Caller | undefined): Promise<URL>;
};

export type SourceOpenerOptions = GuardedHttpOptions & {
  readonly s3: S3Signer;
  readonly maxBytes: number;
  /** Milliseconds for which a source may send less than `minBytesPerSecond` on average. */
  readonly stallTimeoutMs: number;
  readonly minBytesPerSecond: number;
  readonly backoffMs?: readonly number[] | undefined;
};

const DEFAULT_BACKOFF_MS = [100, 400, 1000] as const;

/** Creates the source opener of a process. Connections are shared and kept alive. */
export function createSourceOpener(options: SourceOpenerOptions): SourceOpener {
  const guarded = createGuardedHttp(options);
  /** Only for signed S3 URLs, whose host is configured by the operator. */
  const trusted = createGuardedHttp({ ...options, policy: TRUST_EVERY_ADDRESS, resolve: resolveAsSystem });

  /** Returns where to GET a source. Called for each request, because signed URLs expire. */
  async function locate(source: SourceUrl, caller: Caller | undefined): Promise<HttpTarget> {
    if (source.kind === 'http') return { url: source.url, authorization: source.authorization, http: guarded };
    return { url: await options.s3.sign(source, caller), authorization: undefined, http: trusted };
  }

  /** Requests `source` and returns its bytes and declared size once the first request has succeeded. */
  async function download(source: SourceUrl, asked: Omit<OpenOptions, 'accept'>) {
    const { signal, caller, maxBytes = options.maxBytes } = asked;
    const request = async (headers: Record<string, string>, until = signal) => {
      const target = await unlessAborted(locate(source, caller), until);
      const subject = caller?.subject ?? target.url.host;
      return await httpRequest(target, { headers, redirectHttp: guarded, subject, signal: until });
    };
    const first = await request({});
    const validators = validatorsOf(first);
    const { size } = validators;
    if (size !== undefined && size > maxBytes) throw tooLarge(maxBytes, size);
    const bytes = resumableBody({
      first,
      reopen: (headers) => request(headers),
      maxBytes,
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

  /** Returns a connection that the signal and the end of the process abort, until it is released. */
  function connect(signal: AbortSignal) {
    signal.throwIfAborted();
    if (closed) throw shuttingDown();
    const connection = new AbortController();
    connections.add(connection);
    const listener = addAbortListener(signal, () => connection.abort(signal.reason));
    const release = () => {
      listener[Symbol.dispose]();
      connections.delete(connection);
    };
    return { connection, release };
  }

  return {
    async open(url, { accept, signal, ...asked }) {
      const source = parseSourceUrl(url);
      const { connection, release } = connect(signal);
      try {
        const { size, version, bytes, tail } = await download(source, { ...asked, signal: connection.signal });
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
    async check(url, { accept, signal, ...asked }) {
      const source = parseSourceUrl(url);
      const { connection, release } = connect(signal);
      try {
        const { bytes, version } = await download(source, { ...asked, signal: connection.signal });
        await checkHead(bytes, RECOGNISERS[accept]);
        return version;
      } finally {
        release();
        connection.abort();
      }
    },
    async close() {
      closed = true;
      for (const connection of connections) connection.abort(shuttingDown());
      guarded.close();
      trusted.close();
    },
  };
}

function shuttingDown(): AppError {
  return new AppError('UNAVAILABLE', { reason: 'shutting_down' }, { message: 'the service is shutting down' });
}
