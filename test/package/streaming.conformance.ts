import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, it } from 'node:test';
import { decode, pcmSound, secondsOf } from '../support/audio.ts';
import { endlessWav } from '../support/endless-wav.ts';
import { eventually } from '../support/eventually.ts';
import { type Gate, gated } from '../support/gate.ts';
import { answer, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { isEncoder, processes, residentBytes } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { type Answered, type Implementation, whole } from './implementation.ts';
import { conformance } from './implementations.ts';
import { authorized, eventOf } from './sample-events.ts';

const SECONDS = 20;
const MEBIBYTE = 1 << 20;
const FORMATS = { opus: 'audio/ogg; codecs=opus', aac: 'audio/aac', pcm: 'audio/pcm; rate=48000; channels=2' } as const;

let mp3: Buffer;
let wav: Buffer;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  wav = await media.make('a.wav', noise('pink', 5));
});

conformance((start) => {
  const cleanUp = new AsyncDisposableStack();
  let implementation: Implementation;
  let source: HttpSource;
  let behave: RequestListener = answer(404);

  before(async () => {
    source = cleanUp.use(await startHttpSource((request, response) => behave(request, response)));
    implementation = cleanUp.use(await start());
  });
  after(() => cleanUp.disposeAsync());

  /** Transcodes the source that `listener` serves. */
  async function transcode(listener: RequestListener, fields: object): Promise<Answered> {
    behave = listener;
    const event = await authorized(eventOf({ body: { source_url: source.origin, ...fields } }));
    return await implementation.invoke('transcode', event);
  }

  function encoders(): number[] {
    const own = implementation.processesOf('transcode');
    return processes()
      .filter((entry) => own.includes(entry.pid) && isEncoder(entry))
      .map(({ pid }) => pid);
  }

  for (const [output_format, contentType] of Object.entries(FORMATS)) {
    it(`streams ${output_format} before its source has ended, completely`, async (t) => {
      const gate: Gate = gated(mp3, mp3.length / 2);
      const startedAt = performance.now();
      const answered = await transcode(gate.behave, { output_format });
      assert.equal(answered.statusCode, 200);
      assert.ok(answered.headers['content-type']?.startsWith(contentType), answered.headers['content-type']);
      assert.match(answered.headers['x-transcode-id'] ?? '', /^[\da-f-]{36}$/);
      const chunks = answered.chunks[Symbol.asyncIterator]();
      const first = await chunks.next();
      assert.ok(!first.done);
      t.diagnostic(`first audio ${(first.value.at - startedAt).toFixed(0)} ms after the request`);
      gate.open();
      const rest = await whole({ ...answered, chunks: { [Symbol.asyncIterator]: () => chunks } });
      assert.equal(rest.end, 'complete');
      const body = Buffer.concat([first.value.bytes, rest.body]);
      const sound =
        output_format === 'pcm' ? pcmSound(body, answered.headers['content-type'] ?? '') : await decode(body);
      assert.ok(Math.abs(secondsOf(sound) - SECONDS) < 0.1, `${secondsOf(sound)} s`);
    });
  }

  it('pauses the source for a reader that does not read', { timeout: 60_000 }, async (t) => {
    let sent = 0;
    const answered = await transcode(
      (_, response) => {
        const blocks = endlessWav(wav);
        const push = (): void => {
          for (let more = true; more && !response.destroyed; ) {
            const block = blocks.next().value as Buffer;
            sent += block.length;
            more = response.write(block);
          }
        };
        response.on('drain', push);
        push();
      },
      { output_format: 'pcm' },
    );
    const chunks = answered.chunks[Symbol.asyncIterator]();
    await chunks.next();
    const held = await standstill(() => sent);
    const memory = implementation.processesOf('transcode').map(residentBytes);
    t.diagnostic(`the source paused at ${(held / MEBIBYTE).toFixed(1)} MiB; memory ${memory.map(mebibytes)} MiB`);
    assert.ok(held < 32 * MEBIBYTE, `${held} bytes were read`);
    assert.ok(Math.max(...memory) < 256 * MEBIBYTE, `${memory.map(mebibytes)} MiB`);
    // It continues where it stopped, until the source disconnects.
    for (let bytes = 0; bytes < 2 * held; ) bytes += (await chunks.next()).value?.bytes.length ?? Number.NaN;
    assert.ok(sent > held);
    for (const pid of encoders()) process.kill(pid, 'SIGKILL');
    while (!(await chunks.next()).done);
    assert.notEqual(await answered.end, 'complete');
  });

  for (const [failure, fail] of Object.entries({
    'its ffmpeg is killed': () => encoders().forEach((pid) => void process.kill(pid, 'SIGKILL')),
    'its source is cut permanently': () => behaveBadly?.(),
  })) {
    it(`is cut when ${failure}, and the next one is complete`, { timeout: 60_000 }, async (t) => {
      const [runtime] = implementation.processesOf('transcode');
      const gate = breakable(mp3, mp3.length / 2);
      const answered = await transcode(gate.behave, { output_format: 'opus' });
      const chunks = answered.chunks[Symbol.asyncIterator]();
      assert.ok(!(await chunks.next()).done);
      behaveBadly = gate.breakOff;
      fail();
      const { end } = await whole({ ...answered, chunks: { [Symbol.asyncIterator]: () => chunks } });
      t.diagnostic(`reported to the platform: ${JSON.stringify(end)}`);
      assert.notEqual(end, 'complete');
      await eventually(() => assert.deepEqual(encoders(), []));
      const next = await whole(await transcode(serve(mp3), { output_format: 'opus' }));
      assert.equal(next.end, 'complete');
      assert.ok(Math.abs(secondsOf(await decode(next.body)) - SECONDS) < 0.1);
      assert.equal(implementation.processesOf('transcode')[0], runtime, 'the environment is a different one');
    });
  }

  it('refuses a source that is not audio with 415, before the first byte', async () => {
    const text = await whole(await transcode(serve(Buffer.from('#EXTM3U\n/etc/passwd\n')), { output_format: 'opus' }));
    assert.deepEqual([text.statusCode, text.json().code, text.end], [415, 'UNSUPPORTED_FORMAT', 'complete']);
    assert.equal(text.headers['content-type'], 'application/json');
  });
});

let behaveBadly: (() => void) | undefined;

/** Sends the beginning, then cuts the connection and accepts no other. */
function breakable(content: Buffer, first: number): { readonly behave: RequestListener; breakOff(): void } {
  let broken = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    behave(request, response) {
      if (broken) {
        request.socket.resetAndDestroy();
        return;
      }
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, first));
      void promise.then(() => response.socket?.resetAndDestroy());
    },
    breakOff() {
      broken = true;
      resolve();
    },
  };
}

function mebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(0);
}

/** Waits until a count has not changed for a second, and returns it. */
async function standstill(count: () => number): Promise<number> {
  let last = count();
  let since = performance.now();
  return await eventually(
    () => {
      if (count() !== last) since = performance.now();
      last = count();
      assert.ok(performance.now() - since > 1_000, 'the count is still changing');
      return last;
    },
    { withinMs: 20_000 },
  );
}
