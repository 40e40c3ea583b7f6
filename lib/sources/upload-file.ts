import { createReadStream } from 'node:fs';
import { AppError } from '#lib/errors.ts';
import type { GuardedHttp } from './connection/guarded-http.ts';

export type FileUpload = {
  /** A signed URL, without userinfo. */
  readonly url: URL;
  /** The Authorization header. */
  readonly authorization: string | undefined;
  readonly path: string;
  readonly bytes: number;
  readonly contentType: string;
  /** Called with the number of bytes of each chunk. */
  readonly sent: (bytes: number) => void;
  /** For whom the URL is opened. */
  readonly subject: string;
  readonly signal: AbortSignal;
};

/** Failures of the receiver that may pass; other 4xx do not. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Sends a file to a URL that a user has named, by PUT, without following redirects. Throws SOURCE_FORBIDDEN, UNAVAILABLE
 * `{part: 'destination'}` with `status` or `reason`, and the signal's reason.
 */
export async function uploadFile(http: Pick<GuardedHttp, 'put'>, file: FileUpload): Promise<void> {
  const { url, authorization, path, bytes, contentType, sent, subject, signal } = file;
  const headers = {
    'content-length': String(bytes),
    'content-type': contentType,
    'user-agent': 'ffmpeg-functions',
    ...(authorization === undefined ? {} : { authorization }),
  };
  const body = createReadStream(path).on('data', (chunk) => sent(chunk.length));
  let status: number;
  try {
    const response = await http.put(url, { headers, body, subject, signal });
    status = response.statusCode ?? 0;
    response.on('error', () => undefined).destroy();
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof AppError) throw cause;
    const reason = (cause as { code?: unknown }).code;
    throw new AppError('UNAVAILABLE', { part: 'destination', reason }, { message: UNREACHABLE, cause });
  } finally {
    body.destroy();
  }
  if (status >= 200 && status < 300) return;
  const message = `the destination responded with HTTP status ${status}`;
  const recoverable = status >= 500 || PASSING.has(status);
  throw new AppError('UNAVAILABLE', { part: 'destination', status }, { message, recoverable });
}

const UNREACHABLE = 'the destination did not accept the file';
