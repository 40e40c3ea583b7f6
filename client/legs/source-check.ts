import type { AppError } from '#lib/errors.ts';
import { REFUSAL } from '#lib/ffmpeg/failure-words.ts';

const TIMEOUT_MS = 2_000;

/** Whether ffmpeg's words leave open if the server gave no answer or the file ends in its header: it says the same of both. */
export function isAmbiguous({ code, message }: AppError): boolean {
  return code === 'DOWNLOAD_FAILED' && new RegExp(REFUSAL, 'i').test(message);
}

/** Whether the server of a URL sends the beginning of it. Never rejects. */
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
