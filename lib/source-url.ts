import { AppError } from './errors.ts';

/** An object of an S3 server. The key is literal, not percent-encoded. */
export type S3Object = { readonly bucket: string; readonly key: string };

/** A source that a caller may name. */
export type SourceUrl =
  | {
      readonly kind: 'http';
      /** Without userinfo and fragment. */
      readonly url: URL;
      /** The value of the Authorization header for the URL's userinfo. */
      readonly authorization: string | undefined;
    }
  | ({ readonly kind: 's3' } & S3Object);

/**
 * Parses an http, https or `s3://bucket/key` URL. The S3 key is literal, not percent-decoded, as in the AWS tools.
 * Throws INVALID_URL, which never repeats the text: it may hold a secret.
 */
export function parseSourceUrl(text: string): SourceUrl {
  if (/^\s*s3:/i.test(text)) return parseS3Url(text.trim());
  if (!URL.canParse(text)) throw invalid('the source is not an absolute URL');
  const url = new URL(text);
  if (!HTTP_PROTOCOLS.has(url.protocol)) throw invalid('the source is not an http, https or s3 URL');
  const authorization = basicAuthorization(url);
  return { kind: 'http', url: withoutUserinfo(url), authorization };
}

/** Returns the name of a source for logs and errors, without userinfo, query and fragment. */
export function describeSource(source: SourceUrl): string {
  return source.kind === 's3' ? `s3://${source.bucket}/${source.key}` : `${source.url.origin}${source.url.pathname}`;
}

/** Protocols of a source, and of the target of a redirect. */
export const HTTP_PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:']);

/** Returns the same URL without userinfo and fragment. */
export function withoutUserinfo(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  return bare;
}

/** Bucket names as in https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html. */
const S3_URL = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(?<key>.+)$/is;
const MAX_KEY_BYTES = 1024;

function parseS3Url(text: string): SourceUrl {
  const { bucket, key } = S3_URL.exec(text)?.groups ?? {};
  if (!bucket || !key) throw invalid('an s3 source must have the form s3://bucket/key');
  if (!key.isWellFormed()) throw invalid('the key of the s3 source is not valid Unicode');
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw invalid('the key of the s3 source is longer than 1024 bytes');
  // A URL resolves these segments in its path, and would reach a different key or bucket than the one checked.
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw invalid('the key of the s3 source must not have a "." or ".." segment');
  }
  return { kind: 's3', bucket, key };
}

function basicAuthorization(url: URL): string | undefined {
  if (!url.username && !url.password) return undefined;
  try {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(credentials).toString('base64')}`;
  } catch {
    throw invalid('the userinfo of the source must be percent-encoded UTF-8');
  }
}

function invalid(message: string): AppError {
  return new AppError('INVALID_URL', {}, { message });
}
