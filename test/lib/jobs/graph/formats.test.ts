import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decode } from '../../../support/audio.ts';
import { encode } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, greyFrames, sound, X264 } from '../../../support/job-media.ts';
import { frequencyIn } from '../../../support/tones.ts';

/** Films of a second at 25 frames per second, and pictures: the muxer and encoders of each. */
const PICTURES: Readonly<Record<string, readonly string[]>> = {
  mp4: [...X264, '-c:a', 'aac', '-f', 'mp4'],
  mov: [...X264, '-c:a', 'pcm_s16le', '-f', 'mov'],
  avi: ['-c:v', 'mpeg4', '-c:a', 'libmp3lame', '-f', 'avi'],
  mkv: [...X264, '-c:a', 'flac', '-f', 'matroska'],
  webm: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus', '-f', 'webm'],
  ts: [...X264, '-c:a', 'aac', '-f', 'mpegts'],
  flv: [...X264, '-c:a', 'aac', '-ar', '44100', '-f', 'flv'],
  gif: ['-an', '-f', 'gif'],
  png: ['-an', '-frames:v', '1', '-c:v', 'png', '-f', 'image2'],
  jpeg: ['-an', '-frames:v', '1', '-c:v', 'mjpeg', '-f', 'image2'],
  webp: ['-an', '-frames:v', '1', '-c:v', 'libwebp', '-f', 'webp'],
};

const SOUNDS: Readonly<Record<string, readonly string[]>> = {
  mp3: ['-c:a', 'libmp3lame', '-f', 'mp3'],
  aac: ['-c:a', 'aac', '-f', 'adts'],
  m4a: ['-c:a', 'aac', '-f', 'ipod'],
  wav: ['-c:a', 'pcm_s24le', '-f', 'wav'],
  flac: ['-c:a', 'flac', '-f', 'flac'],
  vorbis: ['-c:a', 'libvorbis', '-f', 'ogg'],
  opus: ['-c:a', 'libopus', '-f', 'ogg'],
};

const TONE = sound('0.3*sin(2*PI*440*t)', 1);

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

async function makeAll(kinds: Readonly<Record<string, readonly string[]>>, source: readonly string[]) {
  const made = Object.entries(kinds).map(async ([kind, options]) => [
    kind,
    await films.make(kind, [...source, ...options]),
  ]);
  return Object.fromEntries(await Promise.all(made)) as Record<string, string>;
}

describe('the formats of a job', () => {
  it('are read: films and pictures of every kind, joined', async () => {
    const colors = 'color=c=0xc0c0c0:s=64x64:r=25:d=1,drawbox=x=0:y=0:w=32:h=64:color=black:t=fill';
    const files = await makeAll(PICTURES, ['-f', 'lavfi', '-i', colors, ...TONE]);
    const inputs = Object.keys(files).map((input) => ({ input, to: 0.8 }));
    const request = { base: 'mp4', steps: [{ op: 'concat', inputs }], outputs: [{ format: 'mp4' }] };
    await using made = await encode(request, files);
    assert.deepEqual([made.findings, made.plan.warnings], [[], []]);
    const frames = await greyFrames(made.output(), { width: 64, height: 64 });
    assert.equal(frames.length, inputs.length * 20);
    const heard = await decode(made.output());
    for (const [index, { input }] of inputs.entries()) {
      const row = (frames[index * 20 + 10] ?? Buffer.alloc(0)).subarray(32 * 64, 33 * 64);
      const [left = 255, right = 0] = [row[8], row[56]];
      // GIF has few colours.
      assert.ok(left < 20 && Math.abs(right - 192) < 16, `${left} and ${right} in ${input}`);
      if (PICTURES[input]?.includes('-an')) continue;
      const frequency = frequencyIn(heard, index * 0.8 + 0.1, index * 0.8 + 0.7);
      assert.ok(Math.abs(frequency - 440) < 5, `${frequency} Hz in ${input}`);
    }
  });

  it('are read: sounds of every kind, joined', async () => {
    const files = await makeAll(SOUNDS, TONE);
    const inputs = Object.keys(files).map((input) => ({ input, to: 0.8 }));
    await using made = await encode({ steps: [{ op: 'concat', inputs }], outputs: [{ format: 'wav' }] }, files);
    assert.deepEqual([made.findings, made.plan.warnings], [[], []]);
    const heard = await decode(made.output());
    assert.equal(heard.samples.length / 2, inputs.length * 38_400);
    for (const [index, { input }] of inputs.entries()) {
      const frequency = frequencyIn(heard, index * 0.8 + 0.1, index * 0.8 + 0.7);
      assert.ok(Math.abs(frequency - 440) < 5, `${frequency} Hz in ${input}`);
    }
  });

  it('are written with every codec that they carry, four from one decode', async () => {
    const a = await films.make('short', [
      '-f',
      'lavfi',
      '-i',
      'testsrc=s=64x64:r=25:d=1',
      ...TONE,
      ...X264,
      '-f',
      'mp4',
    ]);
    for (const outputs of [
      ['mp4 h264 aac', 'mp4 vp9 opus', 'mp4 h264 mp3', 'mov h264 aac'],
      ['mov h264 pcm', 'mkv h264 opus', 'mkv vp9 pcm', 'mkv h264 mp3'],
      ['webm vp9 opus', 'mov h264 mp3', 'mkv vp9 aac', 'mp4 h264 opus'],
    ]) {
      const asked = outputs.map((text) => {
        const [format, video_codec, audio_codec] = text.split(' ');
        return { format, video_codec, audio_codec, quality: 'draft' };
      });
      await using made = await encode({ outputs: asked }, { a });
      assert.deepEqual(made.findings, [], outputs.join());
    }
    const rest = [{ format: 'mp3' }, { format: 'aac' }, { format: 'wav' }, { format: 'jpg' }];
    await using made = await encode({ outputs: rest }, { a });
    assert.deepEqual(made.findings, []);
  });
});
