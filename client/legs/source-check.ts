import type { AppError } from '#lib/errors.ts';

const TIMEOUT_MS = 2_000;

/** The last words of an ffmpeg that a server left without an answer. They are the same for a file that ends in its header. */
export const AMBIGUOUS = '(?:invalid argument|end of file|input/output error)$';

/** Whether ffmpeg's words leave open if the server failed or the file. */
export function isAmbiguous({ code, message }: AppError): boolean {
  return code === 'DOWNLOAD_FAILED' && new RegExp(AMBIGUOUS, 'i').test(message);
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
