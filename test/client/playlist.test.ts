import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { frames } from '../../client/frames.ts';
import { assertValidOpus, OPUSINFO_MISSING } from '../support/audio.ts';
import { answer, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, tone } from '../support/media.ts';
import { parseAdts } from '../support/packets.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { readAudio, testClient } from './support/client.ts';
import { type Service, startService } from './support/service.ts';

const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let host: Service;
const TRACKS = ['/one', '/garbage', '/two', '/missing', '/three'];
const SECONDS = { '/one': 1.5, '/two': 2, '/three': 0.75 };

before(async () => {
  await using media = await createMediaFolder();
  const tracks = new Map<string, Buffer>();
  for (const [index, [path, seconds]] of Object.entries(SECONDS).entries())
    tracks.set(path, await media.make(`${index}.flac`, tone(300 + index * 200, seconds), ['-ar', '48000']));
  tracks.set('/garbage', Buffer.from('<html>no music here</html>'.repeat(100)));
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      const track = tracks.get(request.url ?? '');
      (track === undefined ? answer(404) : serve(track))(request, response);
    }),
  );
  host = cleanUp.use(await startService({ SOURCE_ALLOWED_NETWORKS: source.network }));
});
after(() => cleanUp.disposeAsync());

const items = () => TRACKS.map((path) => source.origin + path);
const ALL_SECONDS = Object.values(SECONDS).reduce((sum, seconds) => sum + seconds, 0);

describe('A playlist', () => {
  for (const baseUrl of ['the service', 'the fallback']) {
    it(`is one stream that skips items that cannot be played, from ${baseUrl}`, async () => {
      using client = testClient({ baseUrl: baseUrl === 'the service' ? host.url : 'http://127.0.0.1:9' });
      const stream = await client.playlist(items(), { output_format: 'pcm', live: false });
      const events: string[] = [];
      stream.events.on('track', ({ index }) => events.push(`track ${index}`));
      stream.events.on('skipped', ({ index, error }) => events.push(`skipped ${index} ${error.code}`));
      const { bytes } = await readAudio(stream);
      assert.equal(bytes.length, ALL_SECONDS * 48_000 * 4);
      assert.deepEqual(events, [
        'track 0',
        'track 1',
        'skipped 1 UNSUPPORTED_FORMAT',
        'track 2',
        'track 3',
        'skipped 3 DOWNLOAD_FAILED',
        'track 4',
      ]);
    });
  }

  it('does not wait for a source that is down', async () => {
    using client = testClient({ baseUrl: host.url, timeouts: { giveUpMs: 600_000 } });
    const list = ['http://127.0.0.1:9/down.mp3', `${source.origin}/three`];
    const stream = await client.playlist(list, { output_format: 'pcm', live: false });
    const skipped: string[] = [];
    stream.events.on('skipped', ({ error }) => skipped.push(error.code));
    const { bytes } = await readAudio(stream);
    assert.equal(bytes.length, SECONDS['/three'] * 48_000 * 4);
    assert.equal(skipped.length, 1);
  });

  it('is live by default, and keeps its lead from track to track', async (t) => {
    using client = testClient({ baseUrl: host.url });
    const began = performance.now();
    const stream = await client.playlist(items(), { output_format: 'pcm', lead_seconds: 0.5 });
    await stream.setFilters({ volume: 0.5 });
    const { bytes } = await readAudio(stream);
    const took = (performance.now() - began) / 1_000;
    t.diagnostic(`${ALL_SECONDS} s took ${took.toFixed(2)} s`);
    assert.equal(bytes.length, ALL_SECONDS * 48_000 * 4);
    assert.ok(took > ALL_SECONDS - 1.5, 'it must be paced');
    assert.equal(stream.filters.volume, 0.5);
  });

  it('is a chain of Ogg streams in Opus', { skip: OPUSINFO_MISSING }, async () => {
    using client = testClient({ baseUrl: host.url });
    using folder = scratchFolder();
    const { bytes } = await readAudio(await client.playlist(items(), { output_format: 'opus', live: false }));
    await writeFile(folder.file('a.opus'), bytes);
    await assertValidOpus(folder.file('a.opus'));
    assert.equal(bytes.toString('latin1').split('OpusHead').length - 1, 3);
  });

  it('is a sequence of frames in AAC', async () => {
    using client = testClient({ baseUrl: host.url });
    const { bytes } = await readAudio(await client.playlist(items(), { output_format: 'aac', live: false }));
    const expected = Object.values(SECONDS).map((seconds) => Math.ceil((seconds * 48_000) / 1_024) + 1);
    assert.equal(
      parseAdts(bytes).frames,
      expected.reduce((sum, count) => sum + count, 0),
    );
  });

  it('reads items from any iterable, only as they are needed', async () => {
    using client = testClient({ baseUrl: host.url });
    async function* endless() {
      for (;;) yield { source_url: `${source.origin}/three`, duration: 0.25 };
    }
    const stream = await client.playlist(endless(), { output_format: 'pcm', live: false });
    let seconds = 0;
    for await (const chunk of stream) {
      seconds += chunk.length / 4 / 48_000;
      if (seconds > 1) break;
    }
    assert.equal(stream.destroyed, true);
  });

  it('ends early when neither the service nor the fallback is available', async () => {
    using client = testClient({ baseUrl: 'http://127.0.0.1:9', fallback: false, timeouts: { giveUpMs: 300 } });
    await assert.rejects(client.playlist(items(), { output_format: 'pcm' }), { code: 'UNAVAILABLE' });
  });
});

describe('frames', () => {
  it('have the length that voice libraries need, and the last is padded with silence', async () => {
    using client = testClient({ baseUrl: host.url });
    const request = { source_url: `${source.origin}/three`, output_format: 'pcm', duration: 0.5012 } as const;
    const lengths: number[] = [];
    let last: Buffer = Buffer.alloc(0);
    for await (const frame of frames(await client.transcode(request))) {
      lengths.push(frame.length);
      last = frame;
    }
    assert.equal(lengths.length, 51);
    assert.ok(lengths.every((length) => length === 1_920));
    assert.ok(last.subarray(480).every((byte) => byte === 0));
  });
});
