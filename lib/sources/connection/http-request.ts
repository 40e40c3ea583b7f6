import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { AppError } from '#lib/errors.ts';
import { HTTP_PROTOCOLS, withoutUserinfo } from '#lib/source-url.ts';
import { unlessAborted } from '#lib/unless-aborted.ts';
import type { GuardedHttp } from './guarded-http.ts';
import { isReset, sourceFailure, statusFailure } from './source-failure.ts';

/** The first URL of a GET, and the HTTP that may connect to it. */
export type HttpTarget = {
  readonly url: URL;
  /** The Authorization header. Sent only to the origin of this URL. */
  readonly authorization: string | undefined;
  readonly http: GuardedHttp;
};

/** A response with status 200–299. Its body has not been read; the caller must read or destroy it. */
export type HttpResponse = {
  /** The final URL, after all redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
};

export type HttpRequestOptions = {
  readonly headers: Readonly<Record<string, string>>;
  /** For connections to the targets of redirects. */
  readonly redirectHttp: GuardedHttp;
  /** For whom the source is opened. */
  readonly subject: string;
  /** Also ends the body. */
  readonly signal: AbortSignal;
};

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * GETs `target` and follows redirects. Throws DOWNLOAD_FAILED (with `details.status` for a response that is not 2xx;
 * not recoverable for most 4xx), SOURCE_FORBIDDEN, TIMEOUT, and the signal's reason.
 */
export async function httpRequest(target: HttpTarget, options: HttpRequestOptions): Promise<HttpResponse> {
  let hop = target;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const response = await requestTwice(hop, options);
    const { status } = response;
    if (status >= 200 && status < 300) return response;
    response.body.on('error', () => {}).destroy();
    const { location } = response.headers;
    if (!REDIRECTS.has(status) || location === undefined) throw statusFailure(status);
    hop = redirected(hop, location, options.redirectHttp);
  }
  const message = `the source redirects more than ${MAX_REDIRECTS} times`;
  throw new AppError('DOWNLOAD_FAILED', { redirects: MAX_REDIRECTS }, { message, recoverable: false });
}

function redirected(from: HttpTarget, location: string, http: GuardedHttp): HttpTarget {
  const { href } = from.url;
  if (!URL.canParse(location, href)) {
    const message = 'the source redirects to an invalid URL';
    throw new AppError('DOWNLOAD_FAILED', {}, { message, recoverable: false });
  }
  const url = new URL(location, href);
  if (!HTTP_PROTOCOLS.has(url.protocol)) {
    const message = 'the source redirects to a URL that is not http or https';
    throw new AppError('SOURCE_FORBIDDEN', {}, { message });
  }
  const authorization = url.origin === from.url.origin ? from.authorization : undefined;
  return { url: withoutUserinfo(url), authorization, http };
}

/** Retries once after a reset: a kept-alive connection may have been closed, or the server may be restarting. */
async function requestTwice(target: HttpTarget, options: HttpRequestOptions): Promise<HttpResponse> {
  for (let isSecond = false; ; isSecond = true) {
    try {
      return await requestOnce(target, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (isSecond || !isReset(error)) throw sourceFailure(error);
    }
  }
}

async function requestOnce(target: HttpTarget, options: HttpRequestOptions): Promise<HttpResponse> {
  const { url, authorization, http } = target;
  const headers = { ...FIXED_HEADERS, ...options.headers, ...(authorization === undefined ? {} : { authorization }) };
  // A request reacts to the signal only once it has a socket.
  const answer = http.get(url, { headers, subject: options.subject, signal: options.signal });
  const response = await unlessAborted(answer, options.signal);
  return { url, status: response.statusCode ?? 0, headers: response.headers, body: response };
}

const FIXED_HEADERS = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'ffmpeg-functions' } as const;
