import { AppError } from '#lib/errors.ts';
import type { HttpResponse } from '#lib/sources/connection/http-request.ts';
import { meteredChunks } from './metered-chunks.ts';
import { createRateGuard, type RateLimits } from './rate-guard.ts';
import { createRecovery, type RecoveryOptions } from './recovery.ts';
import { validatorsOf } from './resume-plan.ts';

export type ResumableBodyOptions = Omit<RecoveryOptions, 'validators'> & {
  /** The response to a request for the whole source, not read yet. */
  readonly first: HttpResponse;
  readonly maxBytes: number;
  readonly rate: RateLimits;
};

/**
 * Yields the bytes of a source and resumes it when its connection fails. Throws DOWNLOAD_FAILED when it cannot be
 * resumed or has changed, TIMEOUT when it is too slow, PAYLOAD_TOO_LARGE over `maxBytes`, and the signal's reason.
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
      // A server may return only a part of the range and end it cleanly.
      if (position >= (validators.size ?? 0)) return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError) throw error;
      failure = error;
      // After it has sent everything, a server may reset the connection before the last bytes are read.
      if (validators.size !== undefined && position >= validators.size) return;
    }
    rest = await recovery.resume(position, failure);
  }
}

/** Returns PAYLOAD_TOO_LARGE for a source over `limit` bytes. `size` is the declared size. */
export function tooLarge(limit: number, size?: number): AppError {
  const details = { limit_bytes: limit, ...(size === undefined ? {} : { size_bytes: size }) };
  return new AppError('PAYLOAD_TOO_LARGE', details, { message: `the source is over the limit of ${limit} bytes` });
}

async function* afterFirst(skip: number, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let left = skip;
  for await (const chunk of chunks) {
    const dropped = Math.min(left, chunk.length);
    left -= dropped;
    if (dropped < chunk.length) yield chunk.subarray(dropped);
  }
  if (left === 0) return;
  const message = 'the source became shorter during the download';
  throw new AppError('DOWNLOAD_FAILED', {}, { message, recoverable: false });
}
