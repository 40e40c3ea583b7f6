import { PRELUDE_DELIMITER } from './awslambda-global.ts';
import { InvalidResponse, type ResponseHead, toResponseHead } from './response-head.ts';

/** Longest JSON in a prelude, bytes. */
const PRELUDE_BYTES = 64 * 1024;

/** The runtime's content type for a stream that sets none. */
export const DEFAULT_STREAM_TYPE = 'application/octet-stream';

/** Finds the prelude (`JSON · 8 NUL · body`) in a stream, independent of the chunk boundaries. */
export type PreludeDecoder = {
  /**
   * Returns undefined until the prelude is complete; then, once, the head and the beginning of the body.
   * Throws InvalidResponse for a prelude that is too long, not a JSON object, or not an HTTP head.
   */
  push(chunk: Buffer): { readonly head: ResponseHead; readonly rest: Buffer } | undefined;
};

export function createPreludeDecoder(): PreludeDecoder {
  let pending: Buffer | undefined;
  return {
    push(chunk) {
      const bytes = pending ? Buffer.concat([pending, chunk]) : chunk;
      const length = bytes.indexOf(PRELUDE_DELIMITER);
      const isFound = length >= 0;
      if (length > PRELUDE_BYTES || (!isFound && bytes.length > PRELUDE_BYTES + PRELUDE_DELIMITER.length)) {
        throw new InvalidResponse(`prelude longer than ${PRELUDE_BYTES} bytes`);
      }
      pending = isFound ? undefined : bytes;
      if (!isFound) return undefined;
      const bodyStart = length + PRELUDE_DELIMITER.length;
      return { head: parseHead(bytes.toString('utf8', 0, length)), rest: bytes.subarray(bodyStart) };
    },
  };
}

function parseHead(json: string): ResponseHead {
  let prelude: unknown;
  try {
    prelude = JSON.parse(json);
  } catch (cause) {
    throw new InvalidResponse('prelude is not JSON', { cause });
  }
  if (typeof prelude !== 'object' || prelude === null || Array.isArray(prelude)) {
    throw new InvalidResponse('prelude is not an object');
  }
  return toResponseHead(prelude as Record<string, unknown>, DEFAULT_STREAM_TYPE);
}
