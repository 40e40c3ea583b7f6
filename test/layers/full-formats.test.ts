import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { scratchFolder } from '../support/scratch-folder.ts';
import { FULL_LAYER } from './support/built-layer.ts';
import { ffmpeg, streamsOf } from './support/full-ffmpeg.ts';

const run = promisify(execFile);
const SECONDS = 1;
const SOURCES = [
  ...['-f', 'lavfi', '-i', `testsrc2=size=160x120:rate=25:duration=${SECONDS}`],
  ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${SECONDS}`],
];
const VIDEO = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
const AUDIO = ['-c:a', 'aac'];

/** A file, the options that create it from SOURCES, and its expected codecs. */
const OUTPUTS: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  'a.mp4': [
    [...VIDEO, ...AUDIO],
    ['h264', 'aac'],
  ],
  'a.mov': [
    [...VIDEO, '-c:a', 'pcm_s16le'],
    ['h264', 'pcm_s16le'],
  ],
  'a.mkv': [
    [...VIDEO, '-c:a', 'flac'],
    ['h264', 'flac'],
  ],
  'a.webm': [
    ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus'],
    ['vp9', 'opus'],
  ],
  'a.ts': [
    [...VIDEO, '-c:a', 'ac3'],
    ['h264', 'ac3'],
  ],
  'a.flv': [
    [...VIDEO, ...AUDIO],
    ['h264', 'aac'],
  ],
  'a.nut': [
    ['-c:v', 'ffv1', '-c:a', 'pcm_s16le'],
    ['ffv1', 'pcm_s16le'],
  ],
};

const SOUNDS: Readonly<Record<string, string>> = {
  'a.mp3': 'mp3',
  'a.opus': 'opus',
  'a.flac': 'flac',
  'a.wav': 'pcm_s16le',
  'a.aac': 'aac',
  'a.m4a': 'aac',
};

const PICTURES: Readonly<Record<string, string>> = { 'a.png': 'png', 'a.jpg': 'mjpeg', 'a.gif': 'gif' };

/** Returns the PSNR of the luma of a file's first picture compared with testsrc2's, in dB. */
async function likenessDb(file: string): Promise<number> {
  const gray = (...input: string[]) =>
    ffmpeg(...input, '-frames:v', '1', '-vf', 'format=rgb24,format=gray', '-f', 'rawvideo', 'pipe:1');
  const [wanted, found] = await Promise.all([gray(...SOURCES.slice(0, 4)), gray('-i', file)]);
  assert.equal(found.length, wanted.length);
  const squares = found.reduce((sum, pixel, index) => sum + (pixel - (wanted[index] ?? 0)) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / found.length));
}

describe('the full layer writes', { skip: FULL_LAYER.missing, concurrency: 2 }, () => {
  for (const [name, [options, codecs]] of Object.entries(OUTPUTS)) {
    it(`${name} with ${codecs.join(' and ')}`, async () => {
      using folder = scratchFolder();
      await ffmpeg(...SOURCES, ...options, folder.file(name));
      const streams = await streamsOf(folder.file(name), '-count_frames');
      assert.deepEqual(
        streams.map(({ codec_name }) => codec_name),
        codecs,
      );
      assert.equal(streams[0]?.['nb_read_frames'], String(25 * SECONDS));
      assert.ok((await likenessDb(folder.file(name))) > 22, 'the picture is another');
      const pcm = await ffmpeg('-i', folder.file(name), '-ac', '1', '-ar', '48000', '-f', 's16le', 'pipe:1');
      assert.ok(Math.abs(pcm.length / 2 / 48_000 - SECONDS) < 0.1, `${pcm.length} bytes of sound`);
    });
  }

  for (const [name, codec] of Object.entries(SOUNDS)) {
    it(`${name} of ${codec}`, async () => {
      using folder = scratchFolder();
      await ffmpeg(...SOURCES.slice(4), folder.file(name));
      assert.deepEqual(
        (await streamsOf(folder.file(name))).map(({ codec_name }) => codec_name),
        [codec],
      );
      const pcm = await ffmpeg('-i', folder.file(name), '-ac', '1', '-ar', '48000', '-f', 's16le', 'pipe:1');
      assert.ok(Math.abs(pcm.length / 2 / 48_000 - SECONDS) < 0.1, `${pcm.length} bytes of sound`);
    });
  }

  for (const [name, codec] of Object.entries(PICTURES)) {
    it(`${name} of ${codec}`, async () => {
      using folder = scratchFolder();
      const options = name.endsWith('.jpg') ? ['-q:v', '2', '-pix_fmt', 'yuvj444p'] : [];
      await ffmpeg(...SOURCES.slice(0, 4), '-frames:v', '1', ...options, folder.file(name));
      assert.deepEqual(
        (await streamsOf(folder.file(name))).map(({ codec_name }) => codec_name),
        [codec],
      );
      assert.ok((await likenessDb(folder.file(name))) > 22, 'the picture is another');
    });
  }

  it('subtitles of every kind, from SubRip', async () => {
    using folder = scratchFolder();
    writeFileSync(folder.file('a.srt'), '1\n00:00:00,100 --> 00:00:00,900\nПривет, 世界\n\n');
    const made = { 'a.mp4': 'mov_text', 'a.mkv': 'ass', 'a.vtt': 'webvtt', 'a.ass': 'ass' };
    for (const [name, codec] of Object.entries(made)) {
      const options = name === 'a.mp4' ? ['-c:s', 'mov_text'] : [];
      await ffmpeg('-i', folder.file('a.srt'), ...options, folder.file(name));
      assert.deepEqual(
        (await streamsOf(folder.file(name))).map(({ codec_name }) => codec_name),
        [codec],
      );
      assert.match((await ffmpeg('-i', folder.file(name), '-f', 'srt', 'pipe:1')).toString(), /Привет, 世界/);
    }
  });

  it('HLS with MPEG-TS and with fragments, which it can read', async () => {
    using folder = scratchFolder();
    for (const type of ['mpegts', 'fmp4']) {
      const playlist = folder.file(`${type}.m3u8`);
      await ffmpeg(
        ...SOURCES,
        ...VIDEO,
        ...AUDIO,
        ...['-g', '5', '-f', 'hls', '-hls_time', '0.4', '-hls_segment_type', type, '-hls_playlist_type', 'vod'],
        ...['-hls_fmp4_init_filename', 'init.mp4', playlist],
      );
      assert.equal(readFileSync(playlist, 'utf8').match(/^#EXTINF/gm)?.length, 3);
      const [video] = await streamsOf(playlist, '-count_frames', '-select_streams', 'v');
      assert.equal(video?.['nb_read_frames'], '25', type);
    }
  });

  it('DASH with playable segments', async () => {
    using folder = scratchFolder();
    const names = [
      '-init_seg_name',
      'init-$RepresentationID$.m4s',
      '-media_seg_name',
      '$RepresentationID$-$Number$.m4s',
    ];
    await ffmpeg(
      ...SOURCES,
      ...VIDEO,
      ...AUDIO,
      '-g',
      '5',
      '-f',
      'dash',
      '-seg_duration',
      '0.4',
      ...names,
      folder.file('a.mpd'),
    );
    assert.match(readFileSync(folder.file('a.mpd'), 'utf8'), /<MPD[\s\S]*avc1[\s\S]*mp4a/);
    const segments = readdirSync(folder.path)
      .filter((name) => name.startsWith('0-'))
      .toSorted();
    assert.equal(segments.length, 3);
    const parts = ['init-0.m4s', ...segments].map((name) => readFileSync(folder.file(name)));
    writeFileSync(folder.file('whole.mp4'), Buffer.concat(parts));
    const [video] = await streamsOf(folder.file('whole.mp4'), '-count_frames');
    assert.equal(video?.['nb_read_frames'], '25');
  });
});

describe('the full layer reads', { skip: FULL_LAYER.missing }, () => {
  it('AV1', async () => {
    using folder = scratchFolder();
    const made = ['-c:v', 'libaom-av1', '-cpu-used', '8', '-crf', '20', folder.file('a.mp4')];
    await run('ffmpeg', ['-v', 'error', ...SOURCES.slice(0, 4), '-frames:v', '3', ...made]);
    const [video] = await streamsOf(folder.file('a.mp4'), '-count_frames');
    assert.deepEqual([video?.['codec_name'], video?.['nb_read_frames']], ['av1', '3']);
    assert.ok((await likenessDb(folder.file('a.mp4'))) > 22, 'the picture is another');
  });

  it('the transparency of VP9, which only libvpx decodes', async () => {
    using folder = scratchFolder();
    const file = folder.file('a.webm');
    // The left half is transparent.
    const alpha = "format=yuva420p,geq=lum='lum(X,Y)':cb=128:cr=128:a='if(lt(X,80),0,255)'";
    const encoder = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-crf', '20', '-b:v', '0'];
    await ffmpeg(...SOURCES.slice(0, 4), '-frames:v', '2', '-vf', alpha, ...encoder, '-auto-alt-ref', '0', file);
    const picture = async (...decoder: string[]) =>
      await ffmpeg(...decoder, '-i', file, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgba', 'pipe:1');
    const alphaAt = (rgba: Buffer, x: number): number => rgba[(60 * 160 + x) * 4 + 3] ?? -1;
    const seen = await picture('-c:v', 'libvpx-vp9');
    assert.ok(alphaAt(seen, 20) < 10 && alphaAt(seen, 140) > 245, `${alphaAt(seen, 20)}, ${alphaAt(seen, 140)}`);
    assert.equal(alphaAt(await picture('-c:v', 'vp9'), 20), 255);
  });

  it('pictures of high brightness, and converts their light with zimg', async () => {
    // Half of the range of PQ is 92 cd/m²: less than the reference white of 203.
    const gray = 'color=gray:size=64x64,format=yuv420p10le';
    const pq = 'setparams=range=tv:color_trc=smpte2084:color_primaries=bt2020:colorspace=bt2020nc';
    const linear = `${pq},zscale=transfer=linear:npl=203,format=gbrpf32le`;
    const pixels = await ffmpeg(
      ...['-f', 'lavfi', '-i', gray, '-frames:v', '1', '-vf', linear, '-f', 'rawvideo', 'pipe:1'],
    );
    const light = pixels.readFloatLE(0);
    assert.ok(light > 0.35 && light < 0.6, `${light} of the reference white`);
  });
});
