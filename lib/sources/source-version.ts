import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { SourceUrl } from '#lib/source-url.ts';
import type { HttpResponse } from './connection/http-request.ts';

/** Seconds from a change to a response after which another change would have a new date (RFC 9110, 8.8.2.2). */
const SETTLED_SECONDS = 60;

/**
 * Returns an identifier of one version of a source: its address with a strong ETag, or with a reliable date and its
 * size. Undefined when the server sends neither or forbids storage in a shared cache (RFC 9111, 3 and 3.5). The
 * identifier is a digest and contains no secrets.
 */
export function sourceVersion(source: SourceUrl, response: Pick<HttpResponse, 'url' | 'headers'>): string | undefined {
  const { headers } = response;
  const validator = strongEtag(headers) ?? sureDate(headers);
  if (validator === undefined || !mayBeKept(source, headers)) return undefined;
  const address = source.kind === 's3' ? [source.bucket, source.key] : [source.url.href, response.url.href];
  const account = source.kind === 'http' ? source.authorization : undefined;
  return createHash('sha256')
    .update(JSON.stringify([source.kind, ...address, account, validator]))
    .digest('hex');
}

function strongEtag({ etag }: IncomingHttpHeaders): string | undefined {
  return etag?.startsWith('"') ? etag : undefined;
}

function sureDate(headers: IncomingHttpHeaders): string | undefined {
  const { date, 'last-modified': lastModified, 'content-length': length } = headers;
  if (date === undefined || lastModified === undefined || length === undefined) return undefined;
  const seconds = (Date.parse(date) - Date.parse(lastModified)) / 1_000;
  return seconds >= SETTLED_SECONDS ? `${lastModified} ${length}` : undefined;
}

function mayBeKept(source: SourceUrl, { 'cache-control': control = '', vary = '' }: IncomingHttpHeaders): boolean {
  const has = (directive: string) => new RegExp(String.raw`(?:^|[\s,])${directive}(?:[\s,=]|$)`, 'i').test(control);
  if (has('no-store') || has('private') || vary.includes('*')) return false;
  const isForOne = source.kind === 'http' && source.authorization !== undefined;
  return !isForOne || has('public');
}
