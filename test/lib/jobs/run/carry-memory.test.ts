import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startHttpSource } from '../../../support/http-source.ts';
import { startS3Server } from '../../sources/support/s3-server.ts';

const run = promisify(execFile);
const MEBIBYTE = 1 << 20;
/** With what the process needs anyway, more than it may use: it cannot hold them. */
const BYTES = 160 * MEBIBYTE;
const MOST_BYTES = 200 * MEBIBYTE;
const SCRIPT = new URL('fixtures/carry.ts', import.meta.url).pathname;

/** A WAV file of silence, which is not held in memory here either. */
const silence: RequestListener = (_, response) => {
  const first = Buffer.alloc(MEBIBYTE);
  first.write('RIFF', 0, 'latin1');
  first.write('WAVEfmt ', 8, 'latin1');
  const rest = Buffer.alloc(MEBIBYTE);
  function* chunks() {
    yield first;
    for (let sent = MEBIBYTE; sent < BYTES; sent += MEBIBYTE) yield rest;
  }
  response.setHeader('content-length', BYTES);
  pipeline(Readable.from(chunks()), response).catch(() => undefined);
};

describe('the process that runs a job', () => {
  it('uses the same memory for inputs and results of any size', async () => {
    await using source = await startHttpSource(silence);
    await using server = await startS3Server(['results']);
    const { stdout } = await run(process.execPath, [SCRIPT, source.origin, JSON.stringify(server.options)]);
    const { bytes, memory } = JSON.parse(stdout);
    assert.equal(bytes, BYTES);
    assert.ok(memory < MOST_BYTES, `${Math.round(memory / MEBIBYTE)} MiB`);
  });
});
