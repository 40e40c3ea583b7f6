import { AppError } from './errors.ts';

/** An object of an S3 server; the key is as the server has it, not percent-encoded. */
export type S3Object = { readonly bucket: string; readonly key: string };

/** What a user may name as a source. */
export type SourceUrl =
  | {
      readonly kind: 'http';
      /** Without userinfo and fragment. */
      readonly url: URL;
      /** The value of the Authorization header that the URL's userinfo stands for. */
      readonly authorization: string | undefined;
    }
  | ({ readonly kind: 's3' } & S3Object);

/**
 * Parses an http, https or `s3://bucket/key` URL; the S3 key is taken literally, as the AWS tools do, not percent-decoded.
 * Throws INVALID_URL, which never repeats the text: it may hold a secret.
 */
export function parseSourceUrl(text: string): SourceUrl {
  if (/^\s*s3:/i.test(text)) return parseS3Url(text.trim());
  const url = URL.parse(text);
  if (!url) throw invalid('the source is not an absolute URL');
  if (!HTTP_PROTOCOLS.has(url.protocol)) throw invalid('the source is not an http, https or s3 URL');
  const authorization = basicAuthorization(url);
  return { kind: 'http', url: withoutUserinfo(url), authorization };
}

/** The name of a source in logs and errors: no userinfo, query or fragment. */
export function describeSource(source: SourceUrl): string {
  return source.kind === 's3' ? `s3://${source.bucket}/${source.key}` : `${source.url.origin}${source.url.pathname}`;
}

/** The protocols of a redirect's target, too. */
export const HTTP_PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:']);

/** The same URL without userinfo and fragment. */
export function withoutUserinfo(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  return bare;
}

/** Bucket names as of https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html. */
const S3_URL = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(?<key>.+)$/is;
const MAX_KEY_BYTES = 1024;

function parseS3Url(text: string): SourceUrl {
  const { bucket, key } = S3_URL.exec(text)?.groups ?? {};
  if (!bucket || !key) throw invalid('an s3 source is written s3://bucket/key');
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw invalid('the key of the s3 source is over 1024 bytes');
  // A URL's path would resolve these segments, and so reach another key or bucket than the one that was checked.
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw invalid('the key of the s3 source has a "." or ".." segment');
  }
  return { kind: 's3', bucket, key };
}

function basicAuthorization(url: URL): string | undefined {
  if (!url.username && !url.password) return undefined;
  try {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(credentials).toString('base64')}`;
  } catch {
    throw invalid('the userinfo of the source is not percent-encoded UTF-8');
  }
}

function invalid(message: string): AppError {
  return new AppError('INVALID_URL', {}, { message });
}
