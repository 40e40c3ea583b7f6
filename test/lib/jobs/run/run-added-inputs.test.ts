import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { decode } from '../../../support/audio.ts';
import { MEDIA_FFMPEG } from '../../../support/ffmpeg.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { onsets } from '../../../support/tones.ts';
import { makeFilm, NOTHING_LEFT, openWorkshop, type Workshop } from './support/workshop.ts';

const run = promisify(execFile);
const SUBS = Buffer.from('1\n00:00:00,500 --> 00:00:01,500\n\xcf\xf0\xe8\xe2\xe5\xf2\n', 'latin1');

let workshop: Workshop;
before(async () => {
  workshop = await openWorkshop();
});
after(() => workshop?.[Symbol.asyncDispose]());

async function music(): Promise<Buffer> {
  const beep = 'aevalsrc=if(between(t\\,0.5\\,0.6)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000:d=1';
  const options = { encoding: 'buffer', maxBuffer: 16 << 20 } as const;
  const { stdout } = await run(MEDIA_FFMPEG, ['-v', 'error', '-f', 'lavfi', '-i', beep, '-f', 'flac', '-'], options);
  return stdout;
}

const embed = (fields: object = {}) => ({ op: 'subtitles', mode: 'embed', input: 'subs', ...fields });
const replace = (fields: object = {}) => ({ op: 'audio', mode: 'replace', input: 'music', ...fields });

describe('an attempt with inputs that are added', () => {
  it('puts new sound and subtitles to a picture that is copied', async () => {
    const inputs = {
      music: workshop.input('music', await music()),
      a: workshop.input('film', makeFilm(3)),
      subs: { url: workshop.input('subs', SUBS), language: 'rus' },
    };
    const ran = await workshop.run({ inputs, steps: [replace({ loop: true }), embed()], output: { format: 'mp4' } });
    assert.ok(ran.outcome.kind === 'completed', `${JSON.stringify(ran.outcome)}\n${ran.log}`);
    const [output] = ran.outcome.result.outputs;
    assert.ok(output !== undefined && output.key !== null);
    assert.deepEqual(
      [output.video, output.audio, output.not_copied_because],
      ['copied', 'encoded', 'audio: a step replaces it'],
    );
    assert.deepEqual(ran.warnings, [
      'inputs.subs is not UTF-8 and has no encoding: it was read as windows-1251, which may be wrong',
    ]);
    assert.doesNotMatch(ran.command, /libx264/);
    using folder = scratchFolder();
    const file = folder.file('made.mp4');
    writeFileSync(file, Buffer.from(await (await workshop.fetch(output.key)).arrayBuffer()));
    for (const [index, at] of onsets(await decode(file)).entries())
      assert.ok(Math.abs(at - index - 0.5) < 0.02, `${at}`);
    const { stdout } = await run(MEDIA_FFMPEG, ['-v', 'error', '-i', file, '-map', '0:s', '-f', 'srt', '-']);
    assert.equal(stdout, '1\n00:00:00,500 --> 00:00:01,500\nПривет\n\n');
    await workshop.results.remove({ key: output.key });
  });

  it('shows a transparent film and a picture with a border over the film', async () => {
    const glass = ['-f', 'lavfi', '-i', 'color=c=black@0.0:s=32x32:r=25:d=0.4,format=yuva420p'];
    const vp9 = ['-c:v', 'libvpx-vp9', '-auto-alt-ref', '0', '-f', 'webm', '-'];
    const logo = [
      '-f',
      'lavfi',
      '-i',
      'color=c=white:s=32x32',
      '-frames:v',
      '1',
      '-c:v',
      'png',
      '-f',
      'image2pipe',
      '-',
    ];
    const options = { encoding: 'buffer', maxBuffer: 16 << 20 } as const;
    const made = async (args: readonly string[]) => (await run(MEDIA_FFMPEG, ['-v', 'error', ...args], options)).stdout;
    const inputs = {
      a: workshop.input('film', makeFilm(1)),
      glass: workshop.input('glass', await made([...glass, ...vp9])),
      logo: workshop.input('logo', await made(logo)),
    };
    const border = { width: 2, color: '#000000', radius: 8 };
    const steps = [
      { op: 'pip', input: 'logo', x: 0, y: 0, width: 32, border, opacity: 0.9 },
      { op: 'pip', input: 'glass', x: 0, y: 0, width: 32, at_end: 'hold' },
    ];
    const ran = await workshop.run({ inputs, steps, output: { format: 'png', at: 0.7 } });
    assert.ok(ran.outcome.kind === 'completed', `${JSON.stringify(ran.outcome)}\n${ran.log}`);
    const [output] = ran.outcome.result.outputs;
    assert.ok(output !== undefined && output.key !== null);
    using folder = scratchFolder();
    const file = folder.file('made.png');
    writeFileSync(file, Buffer.from(await (await workshop.fetch(output.key)).arrayBuffer()));
    const crop = ['-i', file, '-vf', 'crop=2:2:14:14,format=gray', '-f', 'rawvideo', '-'];
    const [level = 0] = await made(crop);
    assert.ok(level > 200, `the picture has the level ${level}`);
    await workshop.results.remove({ key: output.key });
  });

  for (const [name, steps, code, details, message] of [
    [
      'a film as subtitles',
      [embed({ input: 'music' })],
      'UNSUPPORTED_FORMAT',
      { input: 'music', step: 0, field: 'steps[0].input' },
      'inputs.music is not SRT, WebVTT or ASS subtitles',
    ],
    [
      'subtitles as sound',
      [replace({ input: 'subs' })],
      'UNSUPPORTED_FORMAT',
      { input: 'subs', field: 'inputs.subs' },
      'input subs: it is subtitles, and is used as a picture or as sound',
    ],
    [
      'subtitles that are too large',
      [embed({ input: 'large' })],
      'LIMIT_EXCEEDED',
      { input: 'large', step: 0, limit: 'subtitle_bytes' },
      /5000000/,
    ],
  ] as const) {
    it(`fails with ${name}, and names the input`, async () => {
      const inputs = {
        a: workshop.input('film', makeFilm(1)),
        music: workshop.input('music', await music()),
        subs: workshop.input('subs', SUBS),
        large: workshop.input('large', Buffer.concat([SUBS, Buffer.alloc(5_000_000, '\n')])),
      };
      const { outcome } = await workshop.run({ inputs, base: 'a', steps, output: { format: 'mp4' } });
      assert.ok(outcome.kind === 'failed', JSON.stringify(outcome));
      const { error } = outcome;
      assert.equal(error.code, code);
      assert.deepEqual({ ...error.details, ...details, phase: 'probing' }, { ...error.details });
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.deepEqual(workshop.left(), NOTHING_LEFT);
    });
  }
});
