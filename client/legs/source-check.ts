import type { AppError } from '#lib/errors.ts';
import { REFUSAL } from '#lib/ffmpeg/failure-words.ts';

const TIMEOUT_MS = 2_000;

/** Whether the server may have failed, or the file may end within its header: ffmpeg logs the same for both. */
export function isAmbiguous({ code, message }: AppError): boolean {
  return code === 'DOWNLOAD_FAILED' && new RegExp(REFUSAL, 'i').test(message);
}

/** Whether the server sends the beginning of a URL. Never rejects. */
export async function isServed(url: string, signal: AbortSignal): Promise<boolean> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const { ok, body } = await fetch(url, { headers: { range: 'bytes=0-0' }, signal: either });
    await body?.cancel();
    return ok;
  } catch {
    return false;
  }
}
