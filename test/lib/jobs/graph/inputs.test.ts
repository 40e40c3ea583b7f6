import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { decode } from '../../../support/audio.ts';
import { encode, measure } from '../../../support/job-encoding.ts';
import {
  type FilmFolder,
  filmFolder,
  greyFrames,
  longFilm,
  ramp,
  rampFrom,
  rampNumbers,
  sound,
  X264,
} from '../../../support/job-media.ts';
import { onsets } from '../../../support/tones.ts';

const AAC = ['-c:a', 'aac'];
const FILM = [{ format: 'mp4', quality: 'high' }];

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

describe('the inputs of a job', () => {
  it('are upright when a phone has turned them', async () => {
    // Bright on the left; the phone says: turn it by 90 degrees.
    const flat = ['-f', 'lavfi', '-i', 'color=c=black:s=160x90:r=30:d=1,drawbox=x=0:y=0:w=40:h=90:color=white:t=fill'];
    const plain = await films.make('flat', [...flat, ...X264, '-f', 'mp4']);
    const a = await films.make('turned', ['-i', plain, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', '-f', 'mp4']);
    const [turned] = (await measure(a)).streams;
    assert.ok(turned?.kind === 'picture' && turned.rotation % 180 === 90);
    await using made = await encode({ outputs: [...FILM, { format: 'jpg' }] }, { a });
    assert.deepEqual(made.findings, []);
    const size = { width: 90, height: 160 };
    const [upright] = (await measure(made.output(), 'mov')).streams;
    assert.ok(upright?.kind === 'picture');
    assert.deepEqual([upright.width, upright.height, upright.rotation], [90, 160, 0]);
    const [frame = Buffer.alloc(0)] = await greyFrames(made.output(), size);
    const level = (row: number) => frame[row * size.width + 45] ?? 0;
    const [left, right] = turned.rotation === 90 ? [level(10), level(150)] : [level(150), level(10)];
    assert.ok(left > 200 && right < 50, `${left} where left was, ${right} where right was`);
    assert.equal((await greyFrames(made.output(1), size)).length, 1);
  });

  it('keep their timing when their frame rate varies', async () => {
    const times = 'setpts=if(lt(N\\,100)\\,N/50\\,2+(N-100)/25)/TB';
    const flash = "drawbox=color=white:t=fill:enable='between(t,0.5,0.6)+between(t,5.519,5.62)'";
    const picture = [
      '-f',
      'lavfi',
      '-i',
      `color=c=black:s=64x64:r=50:d=4,trim=end_frame=200,settb=1/1000,${times},${flash}`,
    ];
    const beeps = sound('if(between(t,0.5,0.6)+between(t,5.519,5.62),0.5*sin(2000*PI*t),0)', 6);
    const a = await films.make('varying', [...picture, ...beeps, '-vsync', 'vfr', ...X264, ...AAC, '-f', 'mp4']);
    assert.equal((await measure(a)).streams.find((stream) => stream.kind === 'picture')?.frames, 200);
    await using made = await encode({ outputs: FILM }, { a });
    assert.deepEqual(made.findings, []);
    const frames = await greyFrames(made.output(), { width: 64, height: 64 });
    assert.ok(Math.abs(frames.length - 180) <= 1, `${frames.length} frames`);
    const bright = frames.map((pixels) => (pixels[0] ?? 0) > 127);
    const flashes = bright.flatMap((on, index) => (on && !bright[index - 1] ? [index / 30] : []));
    const heard = onsets(await decode(made.output()));
    assert.deepEqual([flashes.length, heard.length], [2, 2]);
    for (const index of [0, 1]) {
      const [seen = 0, listened = 9] = [flashes[index], heard[index]];
      assert.ok(Math.abs(seen - listened) <= 0.02, `seen at ${seen}, heard at ${listened}`);
    }
  });

  it('keep sound that begins late where it is', async () => {
    const beep = await films.make('beep', [...sound('0.5*sin(2000*PI*t)', 0.5), '-c:a', 'aac', '-f', 'mp4']);
    const a = await films.make('late', [
      ...ramp(2),
      '-itsoffset',
      '0.479',
      '-i',
      beep,
      ...X264,
      '-c:a',
      'copy',
      '-f',
      'mp4',
    ]);
    await using made = await encode({ outputs: FILM }, { a });
    const [heard = 0] = onsets(await decode(made.output()));
    assert.ok(Math.abs(heard - 0.479) <= 0.02, `heard at ${heard}`);
  });

  it('may change their size in the middle', async () => {
    const half = (name: string, size: string, offset: string) =>
      films.make(name, [...ramp(1, { size }), ...X264, '-output_ts_offset', offset, '-f', 'mpegts']);
    const halves = [await half('small', '64x64', '0'), await half('large', '128x96', '1')];
    const a = join(films.path, 'changing');
    await writeFile(a, Buffer.concat(await Promise.all(halves.map((file) => readFile(file)))));
    await using made = await encode({ outputs: FILM }, { a });
    assert.deepEqual(made.findings, []);
    assert.deepEqual(await rampNumbers(made.output()), [...rampFrom(0, 30), ...rampFrom(0, 30)]);
  });

  it('may have odd sizes', async () => {
    const options = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv444p', '-f', 'mp4'];
    const a = await films.make('odd', ['-f', 'lavfi', '-i', 'testsrc=s=161x91:r=25:d=1', ...options]);
    await using made = await encode({ outputs: [...FILM, { format: 'png' }] }, { a });
    assert.deepEqual(made.findings, []);
    const [picture] = (await measure(made.output(), 'mov')).streams;
    assert.ok(picture?.kind === 'picture');
    assert.deepEqual([picture.width, picture.height, picture.pixelFormat], [160, 90, 'yuv420p']);
    assert.deepEqual({ ...picture.color }, { range: 'tv', space: 'bt709', primaries: 'bt709', transfer: 'bt709' });
  });

  it('may have data, cover and attachment streams, which are left out', async () => {
    const cover = await films.make('cover', [
      '-f',
      'lavfi',
      '-i',
      'color=c=red:s=32x32',
      '-frames:v',
      '1',
      '-f',
      'mjpeg',
    ]);
    const film = await longFilm(films, 'long', ['-movflags', '+faststart', '-f', 'mp4']);
    const covered = [
      '-map',
      '1:0',
      '-map',
      '0',
      '-c',
      'copy',
      '-disposition:v:0',
      'attached_pic',
      '-timecode',
      '00:00:00:00',
    ];
    const a = await films.make('covered', ['-i', film, '-f', 'mjpeg', '-i', cover, ...covered, '-f', 'mp4']);
    const attached = ['-attach', cover, '-metadata:s:t', 'mimetype=image/jpeg', '-metadata:s:t', 'filename=cover.jpg'];
    const b = await films.make('attached', ['-i', film, '-c', 'copy', '-c:a', 'flac', ...attached, '-f', 'matroska']);
    const kinds = async (file: string) =>
      (await measure(file)).streams.map((stream) => (stream.kind === 'other' ? stream.because : stream.kind)).sort();
    assert.deepEqual(await kinds(a), ['attached_picture', 'data', 'picture', 'sound']);
    assert.deepEqual(await kinds(b), ['attached_picture', 'picture', 'sound']);
    const inputs = ['a', 'b'].map((input) => ({ input, to: 1 }));
    await using made = await encode({ steps: [{ op: 'concat', inputs }], outputs: FILM }, { a, b });
    assert.deepEqual(made.findings, []);
    assert.deepEqual(await rampNumbers(made.output()), [...rampFrom(0, 30), ...rampFrom(0, 30)]);
  });

  for (const [transfer, white] of [
    ['smpte2084', 0.58],
    ['arib-std-b67', 0.75],
  ] as const) {
    it(`are brought into the range of a screen when they are ${transfer}`, async () => {
      const level = Math.round((16 + 219 * white) * 4);
      const source = `color=c=black:s=64x64:r=25:d=0.2,format=yuv420p10le,geq=lum=${level}:cb=512:cr=512`;
      const colors = [
        '-color_primaries',
        'bt2020',
        '-color_trc',
        transfer,
        '-colorspace',
        'bt2020nc',
        '-color_range',
        'tv',
      ];
      const options = ['-c:v', 'libx264', '-qp', '4', ...colors, '-f', 'mp4'];
      const a = await films.make(transfer, ['-f', 'lavfi', '-i', source, ...options]);
      await using made = await encode({ outputs: FILM }, { a });
      const [frame = Buffer.alloc(0)] = await greyFrames(made.output(), { width: 64, height: 64 });
      const luma = 16 + ((frame[2_080] ?? 0) * 219) / 255;
      assert.ok(luma >= 180 && luma <= 235, `reference white has the luma ${luma}`);
    });
  }
});
