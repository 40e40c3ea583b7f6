import { PRELUDE_DELIMITER } from './awslambda-global.ts';
import { InvalidResponse, type ResponseHead, toResponseHead } from './response-head.ts';

/** Bytes of JSON a prelude may have. */
const PRELUDE_BYTES = 64 * 1024;

/** The content type of a stream that names none; the runtime's default. */
export const DEFAULT_STREAM_TYPE = 'application/octet-stream';

/**
 * Finds the prelude (`JSON · 8 NUL · body`) in a stream, however it is cut into chunks. `push` gives undefined until
 * the prelude is whole, then once the head and what the last chunk held of the body.
 * It throws InvalidResponse for a prelude that is too long, no JSON object, or no HTTP head.
 */
export class PreludeDecoder {
  #pending: Buffer | undefined;

  push(chunk: Buffer): { head: ResponseHead; rest: Buffer } | undefined {
    const bytes = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk;
    const end = bytes.indexOf(PRELUDE_DELIMITER);
    if (end > PRELUDE_BYTES || (end < 0 && bytes.length > PRELUDE_BYTES + PRELUDE_DELIMITER.length)) {
      throw new InvalidResponse(`prelude longer than ${PRELUDE_BYTES} bytes`);
    }
    if (end < 0) {
      this.#pending = bytes;
      return undefined;
    }
    this.#pending = undefined;
    return { head: parseHead(bytes.toString('utf8', 0, end)), rest: bytes.subarray(end + PRELUDE_DELIMITER.length) };
  }
}

function parseHead(json: string): ResponseHead {
  let prelude: unknown;
  try {
    prelude = JSON.parse(json);
  } catch (cause) {
    throw new InvalidResponse('prelude is not JSON', { cause });
  }
  if (typeof prelude !== 'object' || prelude === null || Array.isArray(prelude)) {
    throw new InvalidResponse('prelude is no object');
  }
  return toResponseHead(prelude as Record<string, unknown>, DEFAULT_STREAM_TYPE);
}
