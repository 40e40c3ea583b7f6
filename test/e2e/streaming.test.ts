import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { activeStreams, openTranscode, readAll, transcode } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { endless, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { residentBytes } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';

const MEBIBYTE = 1 << 20;
/** A WAV of 210 MB: four times the allowed growth of the host. */
const LARGE_SECONDS = 1_200;
const cleanUp = new AsyncDisposableStack();
let mp3: Buffer;
let wav: Buffer;
let source: HttpSource;
let host: Host;
/** The handler of each path. */
const sources = new Map<string, RequestListener>();

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 10), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  wav = await media.make('a.wav', noise('pink', 5, 44_100));
  source = cleanUp.use(
    await startHttpSource((request, response) => sources.get(request.url ?? '')?.(request, response)),
  );
  host = cleanUp.use(await startHost(settings()));
});
after(() => cleanUp.disposeAsync());

const settings = () => ({ SOURCE_ALLOWED_NETWORKS: source.network, LOG_LEVEL: 'silent' });

/** The URL of a source with its own path. */
function sourceOf(behave: RequestListener): string {
  const path = `/${sources.size}`;
  sources.set(path, behave);
  return source.origin + path;
}

/** Sends `content` at this rate and counts the bytes sent. */
function paced(content: Buffer, bytesPerSecond: number): { behave: RequestListener; sent: () => number } {
  const TICK_MS = 50;
  let sent = 0;
  const behave: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    const timer = setInterval(() => {
      const chunk = content.subarray(sent, sent + (bytesPerSecond * TICK_MS) / 1_000);
      sent += chunk.length;
      response.write(chunk);
      if (sent === content.length) response.end();
    }, TICK_MS);
    response.on('close', () => clearInterval(timer));
  };
  return { behave, sent: () => sent };
}

/** A WAV of this length, generated while it is read: 16 bits, 44.1 kHz, stereo. */
function generatedWav(seconds: number): { behave: RequestListener; size: number; sent: () => number } {
  const header = Buffer.from(wav.subarray(0, wav.indexOf('data') + 8));
  const noiseBlock = wav.subarray(header.length, header.length + MEBIBYTE);
  const dataBytes = seconds * 44_100 * 4;
  header.writeUInt32LE(header.length - 8 + dataBytes, 4);
  header.writeUInt32LE(dataBytes, header.length - 4);
  let sent = 0;
  const behave: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': header.length + dataBytes });
    response.write(header);
    const push = (): void => {
      for (let more = true; more && sent < dataBytes; ) {
        const block = noiseBlock.subarray(0, dataBytes - sent);
        sent += block.length;
        more = response.write(block);
      }
      if (sent === dataBytes) response.end();
    };
    response.on('drain', push);
    push();
  };
  return { behave, size: dataBytes, sent: () => sent };
}

describe('A source that arrives at 32 KB/s', () => {
  for (const output_format of ['opus', 'aac', 'pcm']) {
    it(`is returned as ${output_format} long before it has been read completely`, async (t) => {
      const { behave, sent } = paced(mp3, 32_000);
      const fields = { source_url: sourceOf(behave), output_format };
      const startedAt = performance.now();
      const response = await openTranscode(host, fields);
      await once(response, 'readable');
      const ms = performance.now() - startedAt;
      t.diagnostic(`first byte after ${ms.toFixed(0)} ms, with ${sent()} of ${mp3.length} bytes sent`);
      assert.ok(sent() < mp3.length / 2, `${sent()} of ${mp3.length} bytes were sent`);
      assert.ok(ms < 3_000, `${ms} ms`);
      response.destroy();
    });
  }
});

describe('The memory of the host', () => {
  it('does not grow with a WAV of 210 MB', { timeout: 120_000 }, async (t) => {
    const { behave, size, sent } = generatedWav(LARGE_SECONDS);
    const short = sourceOf(serve(wav));
    const fields = { output_format: 'pcm', sample_rate: 8_000, channels: 1 };
    for (let round = 0; round < 3; round += 1) await transcode(host, { source_url: short, ...fields });
    const before = residentBytes(host.pid);
    let peak = before;
    const response = await openTranscode(host, { source_url: sourceOf(behave), ...fields });
    const sampler = setInterval(() => {
      peak = Math.max(peak, residentBytes(host.pid));
    }, 100);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    clearInterval(sampler);
    assert.ok(response.complete);
    assert.equal(sent(), size);
    assert.equal(bytes, LARGE_SECONDS * 8_000 * 2);
    const grown = (peak - before) / MEBIBYTE;
    t.diagnostic(`grew by ${grown.toFixed(1)} MiB from ${(before / MEBIBYTE).toFixed(1)} MiB`);
    assert.ok(grown < 50, `${grown} MiB`);
  });
});

describe('A reader that does not read', () => {
  it('pauses the reading of the source, is no stall and loses nothing', { timeout: 60_000 }, async (t) => {
    const { behave, size, sent } = generatedWav(300);
    const limits = { FFMPEG_STALL_SECONDS: 0.5, SOURCE_STALL_SECONDS: 0.5 };
    await using strict = await startHost({ ...settings(), ...limits });
    const response = await openTranscode(strict, { source_url: sourceOf(behave), output_format: 'pcm' });
    const held = await standstill(sent);
    t.diagnostic(`the source paused at ${(held / MEBIBYTE).toFixed(1)} of ${(size / MEBIBYTE).toFixed(0)} MiB`);
    assert.ok(held < 32 * MEBIBYTE, `${held} bytes were read`);
    assert.equal(await activeStreams(strict), 1);
    const { body, complete } = await readAll(response);
    assert.ok(complete);
    assert.equal(body.length, 300 * 48_000 * 4);
  });
});

describe('A client that disconnects', () => {
  it('closes the source at once', async () => {
    const response = await openTranscode(host, { source_url: sourceOf(endless(mp3)), output_format: 'opus' });
    response.destroy();
    await eventually(async () => {
      assert.equal(await source.connected(), 0);
      assert.equal(await activeStreams(host), 0);
    });
  });
});

/** Waits until a count has not changed for this long, and returns it. */
async function standstill(count: () => number, forMs = 2_000): Promise<number> {
  let last = count();
  let since = performance.now();
  return await eventually(
    () => {
      if (count() !== last) since = performance.now();
      last = count();
      assert.ok(performance.now() - since > forMs, 'the count still changes');
      return last;
    },
    { withinMs: 20_000 },
  );
}
