import type { IncomingHttpHeaders } from 'node:http';

/** What tells whether two answers are of the same version of a source. */
export type Version = {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** The whole source, in bytes, when it was declared. */
  readonly size: number | undefined;
};

/** What to do with the answer to a request that asked for the rest of a source. */
export type Resumption =
  /** Go on with its body after dropping its first `skip` bytes. */
  { readonly kind: 'continue'; readonly skip: number } | { readonly kind: 'changed'; readonly reason: string };

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders };

export function versionOf({ status, headers }: Answer): Version {
  const range = status === 206 ? parseContentRange(headers['content-range']) : undefined;
  return {
    etag: headers.etag,
    lastModified: headers['last-modified'],
    size: status === 206 ? range?.size : parseLength(headers['content-length']),
  };
}

/** Headers that ask for everything from byte `position` on, provided the source is still `version` (RFC 9110, 13.1.5, 14.2). */
export function resumeHeaders(version: Version, position: number): Record<string, string> {
  if (position === 0) return {};
  const strongEtag = version.etag?.startsWith('W/') ? undefined : version.etag;
  const validator = strongEtag ?? version.lastModified;
  return { range: `bytes=${position}-`, ...(validator === undefined ? {} : { 'if-range': validator }) };
}

/** Judges the answer to a request with `resumeHeaders(version, position)`. */
export function judgeResumption(version: Version, position: number, answer: Answer): Resumption {
  const found = versionOf(answer);
  const agreement = compareVersions(version, found);
  if (agreement === 'different') return { kind: 'changed', reason: 'the source has changed' };
  if (answer.status === 206) {
    const start = parseContentRange(answer.headers['content-range'])?.start;
    if (start === position) return { kind: 'continue', skip: 0 };
    return { kind: 'changed', reason: 'the source answers with another range than was asked for' };
  }
  if (position === 0 || agreement === 'same') return { kind: 'continue', skip: position };
  return { kind: 'changed', reason: 'the source cannot be resumed' };
}

function compareVersions(known: Version, found: Version): 'same' | 'different' | 'unknown' {
  if (differ(known.size, found.size)) return 'different';
  for (const field of ['etag', 'lastModified', 'size'] as const) {
    if (differ(known[field], found[field])) return 'different';
    if (known[field] !== undefined && found[field] !== undefined) return 'same';
  }
  return 'unknown';
}

function differ(known: string | number | undefined, found: string | number | undefined): boolean {
  return known !== undefined && found !== undefined && known !== found;
}

function parseContentRange(header: string | undefined): { start: number; size: number | undefined } | undefined {
  const [, start, size] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(header?.trim() ?? '') ?? [];
  if (start === undefined || size === undefined) return undefined;
  return { start: Number(start), size: size === '*' ? undefined : Number(size) };
}

function parseLength(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
