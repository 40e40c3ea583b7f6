import type { HttpResponse } from '#lib/sources/connection/http-request.ts';

/** Headers that show whether two responses are the same version of a source. */
export type Validators = {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Declared size of the whole source, bytes. */
  readonly size: number | undefined;
};

/** What to do with the response to a request for the rest of a source. */
export type Resumption =
  /** Continue with its body, after dropping the first `skip` bytes. */
  { readonly kind: 'continue'; readonly skip: number } | { readonly kind: 'changed'; readonly reason: string };

type ResponseHead = Pick<HttpResponse, 'status' | 'headers'>;

export function validatorsOf({ status, headers }: ResponseHead): Validators {
  const range = status === 206 ? parseContentRange(headers['content-range']) : undefined;
  return {
    etag: headers.etag,
    lastModified: headers['last-modified'],
    size: status === 206 ? range?.size : parseLength(headers['content-length']),
  };
}

/** Returns headers to request the bytes from `position` on if `validators` still match (RFC 9110, 13.1.5, 14.2). */
export function resumeHeaders(validators: Validators, position: number): Record<string, string> {
  if (position === 0) return {};
  const strongEtag = validators.etag?.startsWith('W/') ? undefined : validators.etag;
  const validator = strongEtag ?? validators.lastModified;
  return { range: `bytes=${position}-`, ...(validator === undefined ? {} : { 'if-range': validator }) };
}

/** Evaluates the response to a request with `resumeHeaders(validators, position)`. */
export function judgeResumption(validators: Validators, position: number, response: ResponseHead): Resumption {
  const found = validatorsOf(response);
  const agreement = compare(validators, found);
  if (agreement === 'different') return { kind: 'changed', reason: 'the source changed during the download' };
  if (response.status === 206) {
    const start = parseContentRange(response.headers['content-range'])?.start;
    if (start === position) return { kind: 'continue', skip: 0 };
    return { kind: 'changed', reason: 'the source returned a different range than requested' };
  }
  if (position === 0 || agreement === 'same') return { kind: 'continue', skip: position };
  return {
    kind: 'changed',
    reason: 'the source cannot be resumed: it ignores ranges and sends nothing that identifies its version',
  };
}

function compare(known: Validators, found: Validators): 'same' | 'different' | 'unknown' {
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
