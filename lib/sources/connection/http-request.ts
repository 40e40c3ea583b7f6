import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { AppError } from '#lib/errors.ts';
import { HTTP_PROTOCOLS, withoutUserinfo } from '#lib/source-url.ts';
import { unlessAborted } from '#lib/unless-aborted.ts';
import { isReset, sourceFailure, statusFailure } from './source-failure.ts';

/** Where a GET goes first, and the agent that may connect there. */
export type HttpTarget = {
  readonly url: URL;
  /** The Authorization header; sent only to this URL's origin. */
  readonly authorization: string | undefined;
  readonly agent: Dispatcher;
};

/** An answer with status 200–299; its body has not been read and must be read or destroyed. */
export type HttpResponse = {
  /** Where it came from, after all redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
};

export type HttpRequestOptions = {
  readonly headers: Readonly<Record<string, string>>;
  /** For connections to where a redirect leads. */
  readonly redirectAgent: Dispatcher;
  /** Also ends the body. */
  readonly signal: AbortSignal;
};

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * GETs `target` and follows redirects. Throws DOWNLOAD_FAILED (`details.status` for an answer that is not a success, not
 * recoverable for most of 4xx), SOURCE_FORBIDDEN, TIMEOUT, and the signal's reason.
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
    hop = redirected(hop, location, options.redirectAgent);
  }
  const message = `the source redirects more than ${MAX_REDIRECTS} times`;
  throw new AppError('DOWNLOAD_FAILED', { redirects: MAX_REDIRECTS }, { message, recoverable: false });
}

function redirected(from: HttpTarget, location: string, agent: Dispatcher): HttpTarget {
  const url = URL.parse(location, from.url.href);
  if (!url) {
    throw new AppError('DOWNLOAD_FAILED', {}, { message: 'the source redirects to no URL', recoverable: false });
  }
  if (!HTTP_PROTOCOLS.has(url.protocol)) {
    const message = 'the source redirects to something other than http or https';
    throw new AppError('SOURCE_FORBIDDEN', {}, { message });
  }
  const authorization = url.origin === from.url.origin ? from.authorization : undefined;
  return { url: withoutUserinfo(url), authorization, agent };
}

/** A kept-alive connection may have been closed meanwhile, and a server may restart: one reset is no failure yet. */
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

async function requestOnce(target: HttpTarget, { headers, signal }: HttpRequestOptions): Promise<HttpResponse> {
  const { url, authorization, agent } = target;
  const answer = agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'GET',
    headers: { ...FIXED_HEADERS, ...headers, ...(authorization === undefined ? {} : { authorization }) },
    signal,
  });
  // The agent heeds the signal only once it is connected.
  const { statusCode, headers: received, body } = await unlessAborted(answer, signal);
  return { url, status: statusCode, headers: received as IncomingHttpHeaders, body };
}

const FIXED_HEADERS = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'ffmpeg-functions' } as const;
