import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import type { Connection } from '../connection.ts';

/** The response of `POST /api/uploads`: one URL, or one for each part. */
type Started = { readonly source_url: string } & (
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly upload_id: string;
      readonly parts: readonly { readonly part_number: number; readonly url: string; readonly bytes: number }[];
    }
);

/** The slowest upload that does not time out. */
const LEAST_BYTES_A_SECOND = 131_072;
const LONGEST_RESPONSE_MS = 10_000;
/** The object store may take long to join the parts. */
const LONGEST_JOIN_MS = 120_000;

export type UploadOptions = {
  readonly file: string;
  readonly bytes: number;
  readonly signal: AbortSignal;
  /** Called after each part, with the bytes that are uploaded. */
  readonly onSent?: (sent: number) => void;
};

/** Uploads a file to the service's bucket. Resolves with its `source_url` for requests. Throws an AppError. */
export async function upload(
  calls: Connection['calls'],
  { file, bytes, signal, onSent = () => undefined }: UploadOptions,
): Promise<string> {
  const body = { filename: basename(file).slice(0, LONGEST_NAME), bytes };
  const started = await calls.request<Started>('uploads', { method: 'POST', body, signal });
  const blob = await openAsBlob(file);
  if ('url' in started) {
    await put(started.url, blob, { headers: started.headers, signal });
    return started.source_url;
  }
  const { source_url, upload_id } = started;
  try {
    const parts: { part_number: number; etag: string }[] = [];
    let at = 0;
    for (const { part_number, url, bytes: size } of started.parts) {
      parts.push({ part_number, etag: await put(url, blob.slice(at, at + size), { signal }) });
      at += size;
      onSent(at);
    }
    const body = { source_url, upload_id, parts };
    await calls.request('uploads', {
      method: 'POST',
      path: PATHS.uploads.complete,
      body,
      signal,
      timeoutMs: LONGEST_JOIN_MS,
    });
    return source_url;
  } catch (error) {
    await calls
      .request('uploads', { method: 'POST', path: PATHS.uploads.abort, body: { source_url, upload_id } })
      // The bucket's lifecycle rule removes leftover parts.
      .catch(() => undefined);
    throw error;
  }
}

const LONGEST_NAME = 1_024;

/** Uploads one piece. Resolves with its ETag. */
async function put(
  url: string,
  body: Blob,
  { headers = {}, signal }: { readonly headers?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<string> {
  const timeout = AbortSignal.timeout(Math.ceil(LONGEST_RESPONSE_MS + (body.size / LEAST_BYTES_A_SECOND) * 1_000));
  try {
    const answer = await fetch(url, { method: 'PUT', headers, body, signal: AbortSignal.any([signal, timeout]) });
    await answer.body?.cancel();
    if (answer.ok) return answer.headers.get('etag') ?? '';
    throw unavailable(`the object store responded with status ${answer.status}`);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AppError ? error : unavailable('the object store cannot be reached', error);
  }
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('UNAVAILABLE', { part: 'storage' }, { message, cause });
}
