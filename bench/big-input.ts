import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startJobSystem } from '../test/e2e/support/job-system.ts';
import { peakResidentBytes } from '../test/support/leaks.ts';

/**
 * `npm run test:long -- input`: runs a job with an input and a result of 1 GB. The runner itself, without ffmpeg, must
 * not use more than 200 MB at any time.
 */
const BYTES = 1_000_000_000;
const MOST_BYTES = 200_000_000;
const WITHIN_MS = 600_000;
const HEADER_BYTES = 44;
const BLOCK = Buffer.alloc(1 << 20, 7);

/** 48 kHz, stereo, 16 bits. */
function header(): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(BYTES - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(2, 22);
  bytes.writeUInt32LE(48_000, 24);
  bytes.writeUInt32LE(192_000, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(BYTES - HEADER_BYTES, 40);
  return bytes;
}

function* file(): Generator<Buffer> {
  yield header();
  for (let left = BYTES - HEADER_BYTES; left > 0; left -= BLOCK.length) yield BLOCK.subarray(0, left);
}

const send: RequestListener = (_request, response) => {
  response.setHeader('content-length', BYTES);
  pipeline(Readable.from(file()), response).catch(() => undefined);
};

await using system = await startJobSystem();
const runner = await system.startRunner();
const { id } = await system.submit({
  inputs: { a: system.serve('big.wav', send) },
  outputs: [{ name: 'sound', format: 'wav' }],
});
const job = await system.waitFor(id, 'completed', WITHIN_MS);
const [output] = job.result?.outputs ?? [];
const took = (Date.parse(job.ended_at ?? '') - Date.parse(job.started_at ?? '')) / 1_000;
const peak = peakResidentBytes(runner.pid);
console.log(`an input of ${BYTES} bytes, a result of ${output?.bytes}, in ${took.toFixed(1)} s`);
console.log(`the runner had ${(peak / 1e6).toFixed(0)} MB resident at most`);
assert.ok(output !== undefined && Math.abs(output.bytes - BYTES) < 1_000, `${output?.bytes}`);
assert.ok(peak < MOST_BYTES, `${peak} bytes resident`);
