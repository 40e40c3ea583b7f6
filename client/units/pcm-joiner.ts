import type { Joiner } from './joiner.ts';

const SAMPLE_BYTES = 2;
const NOTHING = Buffer.alloc(0);

/** Joins interleaved s16le. */
export function createPcmJoiner(channels: number): Joiner {
  const unitBytes = SAMPLE_BYTES * channels;
  let given = 0;
  let dropBytes = 0;
  let rest: Buffer = NOTHING;
  return {
    given: () => given,
    isWhole: () => rest.length === 0,
    isComplete: () => false,
    begin({ drop }) {
      dropBytes = drop * unitBytes;
      rest = NOTHING;
    },
    push(chunk) {
      const dropped = Math.min(dropBytes, chunk.length);
      dropBytes -= dropped;
      const bytes = rest.length === 0 ? chunk.subarray(dropped) : Buffer.concat([rest, chunk.subarray(dropped)]);
      const whole = bytes.length - (bytes.length % unitBytes);
      rest = bytes.subarray(whole);
      given += whole / unitBytes;
      return bytes.subarray(0, whole);
    },
    end: () => NOTHING,
  };
}
