import { AppError } from '#lib/errors.ts';
import type { HttpResponse } from '#lib/sources/connection/http-request.ts';
import { meteredChunks } from './metered-chunks.ts';
import { createRateGuard, type RateLimits } from './rate-guard.ts';
import { createRecovery, type RecoveryOptions } from './recovery.ts';
import { validatorsOf } from './resume-plan.ts';

export type ResumableBodyOptions = Omit<RecoveryOptions, 'validators'> & {
  /** The answer to a request for the whole source, not read yet. */
  readonly first: HttpResponse;
  readonly maxBytes: number;
  readonly rate: RateLimits;
};

/**
 * The bytes of a source, resumed where its connection breaks. Throws DOWNLOAD_FAILED when it stays broken or has changed,
 * TIMEOUT when it is too slow, PAYLOAD_TOO_LARGE over `maxBytes`, and the signal's reason.
 */
export async function* resumableBody(options: ResumableBodyOptions): AsyncGenerator<Buffer, void, undefined> {
  const { first, maxBytes, signal } = options;
  const validators = validatorsOf(first);
  const guard = createRateGuard(options.rate);
  const recovery = createRecovery({ ...options, validators });
  let rest = { body: first.body, skip: 0 };
  let position = 0;
  for (;;) {
    let failure: unknown;
    try {
      const chunks = meteredChunks(rest.body, guard);
      for await (const chunk of rest.skip === 0 ? chunks : afterFirst(rest.skip, chunks)) {
        position += chunk.length;
        if (position > maxBytes) throw tooLarge(maxBytes);
        recovery.progressed();
        yield chunk;
      }
      // A range may be answered in part only, with a clean end.
      if (position >= (validators.size ?? 0)) return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError) throw error;
      failure = error;
      // A server may close a connection that has brought everything, before the last of it is taken.
      if (validators.size !== undefined && position >= validators.size) return;
    }
    rest = await recovery.resume(position, failure);
  }
}

/** PAYLOAD_TOO_LARGE for a source over `limit` bytes; `size` is what it declared. */
export function tooLarge(limit: number, size?: number): AppError {
  const details = { limit_bytes: limit, ...(size === undefined ? {} : { size_bytes: size }) };
  return new AppError('PAYLOAD_TOO_LARGE', details, { message: `the source is over ${limit} bytes` });
}

async function* afterFirst(skip: number, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let left = skip;
  for await (const chunk of chunks) {
    const dropped = Math.min(left, chunk.length);
    left -= dropped;
    if (dropped < chunk.length) yield chunk.subarray(dropped);
  }
  if (left === 0) return;
  throw new AppError('DOWNLOAD_FAILED', {}, { message: 'the source has become shorter', recoverable: false });
}
