import type { Dispatcher } from 'undici';
import type { Caller } from '#lib/identity/caller.ts';
import type { S3Object, SourceUrl } from '#lib/source-url.ts';
import type { HttpTarget } from './connection/http-request.ts';

/** Turns `s3://` sources into URLs to GET. */
export type S3Signer = {
  /**
   * Returns a URL that GETs the object, with any Range header. It is a secret, and expires: sign again for each request.
   * An undefined caller is one of an open service. Throws SOURCE_FORBIDDEN for what the caller may not read, UNAVAILABLE.
   */
  sign(object: S3Object, caller: Caller | undefined): Promise<URL>;
};

export type LocatorOptions = {
  readonly s3: S3Signer;
  readonly caller: Caller | undefined;
  /** Heeds the address policy. */
  readonly guardedAgent: Dispatcher;
  /** Connects anywhere: for signed S3 URLs only, whose host the operator has configured. */
  readonly trustedAgent: Dispatcher;
};

/** Returns where to GET a source now; to be called anew for each request. Throws as `S3Signer.sign` does. */
export async function locate(source: SourceUrl, options: LocatorOptions): Promise<HttpTarget> {
  const { s3, caller, guardedAgent, trustedAgent } = options;
  if (source.kind === 'http') return { url: source.url, authorization: source.authorization, agent: guardedAgent };
  return { url: await s3.sign(source, caller), authorization: undefined, agent: trustedAgent };
}
