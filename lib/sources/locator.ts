import type { Dispatcher } from 'undici';
import type { HttpTarget } from './connection/http-request.ts';
import type { S3Signer } from './s3.ts';
import type { SourceUrl } from './source-url.ts';

export type LocatorOptions = {
  readonly s3: S3Signer;
  /** Heeds the address policy. */
  readonly guardedAgent: Dispatcher;
  /** Connects anywhere: for signed S3 URLs only, whose host the operator has configured. */
  readonly trustedAgent: Dispatcher;
};

/** Where to GET a source now; asked anew for each request, since a signed URL expires. Throws as `S3Signer.sign` does. */
export async function locate(source: SourceUrl, options: LocatorOptions): Promise<HttpTarget> {
  if (source.kind === 'http') {
    return { url: source.url, authorization: source.authorization, agent: options.guardedAgent };
  }
  return { url: await options.s3.sign(source), authorization: undefined, agent: options.trustedAgent };
}
