import type { Readable } from 'node:stream';
import { AppError } from '#lib/errors.ts';
import type { RateGuard } from './rate-guard.ts';

/** Yields the chunks of `body`. Throws TIMEOUT once the guard finds the source too slow. Always ends `body`. */
export async function* meteredChunks(body: Readable, guard: RateGuard): AsyncGenerator<Buffer, void, undefined> {
  const chunks: AsyncIterator<Buffer, void> = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const chunk = await nextInTime(chunks, body, guard);
      if (chunk === undefined) return;
      yield chunk;
    }
  } finally {
    body.on('error', () => {}).destroy();
  }
}

async function nextInTime(
  chunks: AsyncIterator<Buffer, void>,
  body: Readable,
  guard: RateGuard,
): Promise<Buffer | undefined> {
  if (guard.remainingMs() <= 0) throw tooSlow();
  const since = performance.now();
  const timer = setTimeout(() => body.destroy(tooSlow()), guard.remainingMs());
  try {
    const { value } = await chunks.next();
    guard.record(performance.now() - since, value?.length ?? 0);
    return value ?? undefined;
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(): AppError {
  return new AppError('TIMEOUT', {}, { message: 'the source sends no data, or sends it too slowly' });
}
