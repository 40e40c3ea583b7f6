import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';
import { FFMPEG } from '../../../support/ffmpeg.ts';
import { makeFilm, openWorkshop } from './support/workshop.ts';

/** Returns the grey pixels of a picture. */
function grey(picture: Buffer): Buffer {
  const args = ['-v', 'error', '-i', '-', '-frames:v', '1', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'];
  return execFileSync(FFMPEG, args, { input: picture });
}

it('a confined ffmpeg finds fonts for texts and subtitles, and what has no glyph is a warning', async () => {
  await using workshop = await openWorkshop();
  const inputs = {
    a: workshop.input('a', makeFilm(1)),
    subs: workshop.input('subs', Buffer.from('1\n00:00:00,100 --> 00:00:00,900\nSubtitle\n')),
  };
  const steps = [
    { op: 'text', text: 'Text \u{f0000} שלום', position: 'top', outline: { width: 0 } },
    { op: 'subtitles', mode: 'burn', input: 'subs' },
  ];
  const output = { format: 'png', at: 0.5 };
  const { outcome } = await workshop.run({ base: 'a', inputs, steps, output });
  assert.ok(outcome.kind === 'completed', outcome.kind === 'failed' ? outcome.error.message : '');
  const warnings = ['U+F0000 has no glyph in the fonts'];
  assert.deepEqual(outcome.warnings, warnings);
  const key = outcome.result.outputs[0]?.key ?? '';
  const made = grey(Buffer.from(await (await workshop.fetch(key)).arrayBuffer()));
  await workshop.results.remove({ key });

  const preview = await workshop.preview({ base: 'a', inputs, steps, output, at: 0.5 });
  assert.deepEqual(preview.warnings, warnings);
  assert.ok(grey(preview.png).equals(made), 'the preview is the picture');

  const plain = await workshop.preview({ base: 'a', inputs: { a: inputs.a }, output, at: 0.5 });
  const under = grey(plain.png);
  const width = made.length / 2;
  for (const half of [0, 1]) {
    const range = [half * width, (half + 1) * width] as const;
    assert.ok(!made.subarray(...range).equals(under.subarray(...range)), `half ${half} has a text`);
  }
});
