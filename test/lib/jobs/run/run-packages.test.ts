import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { v7 as uuid } from 'uuid';
import { withBaseUrls } from '#lib/dash/base-urls.ts';
import { playlistUris } from '#lib/hls/playlist-uris.ts';
import { keysOf } from '#lib/jobs/attempt.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { fakeProgram } from './support/fakes.ts';
import { type Attempted, makeFilm, openWorkshop, type Workshop } from './support/workshop.ts';

let workshop: Workshop;
let film: Buffer;

before(async () => {
  workshop = await openWorkshop();
  film = makeFilm(9);
});
after(async () => await workshop?.[Symbol.asyncDispose]());

function resultOf({ outcome, log }: Attempted) {
  assert.ok(outcome.kind === 'completed', `${JSON.stringify(outcome)}\n${log}`);
  return outcome.result;
}

const request = (outputs: readonly object[]) => ({ inputs: { a: workshop.input('a', film) }, outputs });
const text = async (key: string) => await (await workshop.fetch(key)).text();

/** Returns the attributes of a tag of a playlist, one object a line. */
function attributes(playlist: string, tag: string): Record<string, string>[] {
  return playlist
    .split('\n')
    .filter((line) => line.startsWith(`#${tag}:`))
    .map((line) =>
      Object.fromEntries(
        [...line.matchAll(/([A-Z-]+)=("[^"]*"|[^,]*)/g)].map(([, name = '', value]) => [name, value ?? '']),
      ),
    );
}

describe('an attempt of a job with packages', () => {
  it('stores playlists and one file for each rung, whose keys are in the result', async () => {
    const ran = await workshop.run(request([{ name: 'web', format: 'hls', ladder: ['720p', '240p', 'audio'] }]));
    const result = resultOf(ran);
    const [output] = result.outputs;
    const keys = keysOf(result);
    const base = (output?.key ?? '').replace('master.m3u8', '');
    assert.match(base, /^jobs\/[^/]+\/[^/]+\/1\/web\/$/);
    assert.deepEqual(
      keys.map((key) => key.replace(base, '')),
      ['master.m3u8', '240p.m3u8', 'audio.m3u8', '240p.mp4', 'audio.mp4'],
    );
    assert.deepEqual(
      ran.objects.map(({ key }) => key),
      keys,
    );
    assert.deepEqual([output?.duration_seconds, output?.width, output?.height], [9, 160, 90]);
    const bodies = await Promise.all(keys.map(async (key) => await workshop.fetch(key)));
    const sizes = await Promise.all(bodies.map(async (body) => (await body.arrayBuffer()).byteLength));
    assert.equal(
      output?.bytes,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    assert.deepEqual(
      bodies.map((body) => body.headers.get('content-type')),
      [...['master', '240p', 'audio'].map(() => 'application/vnd.apple.mpegurl'), 'video/mp4', 'audio/mp4'],
    );
    assert.deepEqual(ran.warnings, [
      'outputs[0].ladder: 720p is left out, because it is larger than 160x90',
      'outputs[0].ladder: 240p has 160x90, the size of the timeline, which is smaller',
    ]);
  });

  it('states in the main playlist what segments use, and how they are coded', async () => {
    const result = resultOf(await workshop.run(request([{ name: 'web', format: 'hls' }])));
    const [master = '', film240 = '', sound = ''] = await Promise.all(keysOf(result).slice(0, 3).map(text));
    assert.deepEqual(playlistUris(master), ['audio.m3u8', '240p.m3u8']);
    const peak = (playlist: string) => {
      const seconds = [...playlist.matchAll(/#EXTINF:([\d.]+)/g)].map(([, value]) => Number(value));
      const bytes = [...playlist.matchAll(/#EXT-X-BYTERANGE:(\d+)@/g)].map(([, value]) => Number(value));
      assert.ok(
        seconds.every((length) => length >= 2 && length <= 6),
        `${seconds}`,
      );
      return Math.max(...bytes.map((size, index) => (8 * size) / (seconds[index] ?? 0)));
    };
    const [video, audio] = attributes(master, 'EXT-X-STREAM-INF');
    assert.ok(Math.abs(Number(video?.['BANDWIDTH']) - peak(film240) - peak(sound)) <= 2);
    assert.ok(Math.abs(Number(audio?.['BANDWIDTH']) - peak(sound)) <= 2);
    assert.ok(Number(video?.['AVERAGE-BANDWIDTH']) <= Number(video?.['BANDWIDTH']));
    assert.match(video?.['CODECS'] ?? '', /^"avc1\.64[0-9a-f]{4},mp4a\.40\.2"$/);
    assert.deepEqual(
      [video?.['RESOLUTION'], video?.['FRAME-RATE'], audio?.['CODECS']],
      ['160x90', '25.000', '"mp4a.40.2"'],
    );
  });

  it('has a manifest that names the same files, for DASH', async () => {
    const outputs = [
      { name: 'd', format: 'dash', ladder: ['240p'] },
      { name: 'h', format: 'hls', ladder: ['240p'] },
    ];
    const result = resultOf(await workshop.run(request(outputs)));
    const [manifest = ''] = await Promise.all(keysOf(result).slice(0, 1).map(text));
    const named: string[] = [];
    withBaseUrls(manifest, (url) => {
      named.push(url);
      return url;
    });
    assert.deepEqual(named, ['240p.mp4', 'audio.mp4']);
    assert.match(manifest, /mediaPresentationDuration="PT9\.000S"/);
    assert.deepEqual(
      keysOf(result).map((key) => key.split('/').slice(-2).join('/')),
      [
        ...['d/manifest.mpd', 'd/240p.mp4', 'd/audio.mp4'],
        ...['h/master.m3u8', 'h/240p.m3u8', 'h/audio.m3u8', 'h/240p.mp4', 'h/audio.mp4'],
      ],
    );
  });

  it('is of sound alone, or of a film without sound', async () => {
    const result = resultOf(await workshop.run(request([{ name: 'talk', format: 'hls', ladder: ['audio'] }])));
    assert.deepEqual(
      keysOf(result).map((key) => key.split('/').at(-1)),
      ['master.m3u8', 'audio.m3u8', 'audio.mp4'],
    );
    const silent = workshop.input('silent', makeFilm(2, ['-an']));
    const mute = await workshop.run({
      inputs: { a: silent },
      outputs: [{ name: 'mute', format: 'dash', ladder: ['240p', 'audio'] }],
    });
    assert.deepEqual(
      keysOf(resultOf(mute)).map((key) => key.split('/').at(-1)),
      ['manifest.mpd', '240p.mp4'],
    );
    assert.ok(mute.warnings.includes('outputs[0].ladder: audio is left out, because no input has sound'));
  });

  it('leaves no object when it fails after some files are stored', async () => {
    const before = workshop.left();
    const failing = await workshop.run(request([{ name: 'web', format: 'hls' }]), {
      onObject({ key }) {
        if (key.endsWith('audio.mp4')) throw new Error('the attempt is stale');
      },
    });
    assert.equal(failing.outcome.kind, 'failed');
    assert.equal(failing.objects.length, 5);
    assert.deepEqual(workshop.left(), before);
  });

  it('never touches the files of an earlier attempt when it fails', async () => {
    const id = uuid();
    const outputs = [{ name: 'web', format: 'hls' }];
    const keys = keysOf(resultOf(await workshop.run(request(outputs), { job: { id, attempt: 1 } })));
    const bodies = await Promise.all(keys.map(text));
    const before = workshop.left();
    const again = await workshop.run(request(outputs), {
      job: { id, attempt: 2 },
      onObject({ key }) {
        if (key.endsWith('240p.mp4')) throw new Error('the attempt is stale');
      },
    });
    assert.equal(again.outcome.kind, 'failed');
    assert.equal(new Set([...keys, ...again.objects.map(({ key }) => key)]).size, keys.length + again.objects.length);
    assert.deepEqual(workshop.left(), before);
    assert.deepEqual(await Promise.all(keys.map(text)), bodies);
  });

  it('fails when segments are shorter or longer than they may be', async () => {
    using folder = scratchFolder();
    const script = (option: string, value: string) => `
      for argument; do
        shift
        case "$before" in ${option}) argument='${value}';; esac
        before="$argument"
        set -- "$@" "$argument"
      done
      exec "$FFMPEG" "$@"`;
    const cases = [
      // A key frame each second, and a fragment at each.
      [script('-min_frag_duration|-g', '25'), 'segments'],
      // Key frames that others may refer across: not at all where the cuts are.
      [script('-force_key_frames', 'expr:0'), 'segments'],
    ] as const;
    for (const [index, [text, what]] of cases.entries()) {
      const ffmpeg = fakeProgram(folder, `ffmpeg-${index}`, text);
      const { outcome } = await workshop.run(request([{ name: 'web', format: 'hls', ladder: ['240p'] }]), { ffmpeg });
      assert.ok(outcome.kind === 'failed');
      const { code, details } = outcome.error;
      assert.deepEqual([code, details['reason']], ['FFMPEG_ERROR', 'unexpected_result']);
      assert.deepEqual((details['findings'] as { what: string }[])[0]?.what, what);
    }
  });
});
