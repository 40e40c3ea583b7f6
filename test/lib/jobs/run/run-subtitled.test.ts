import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { it } from 'node:test';
import { FFMPEG } from '../../../support/ffmpeg.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { makeFilm, openWorkshop } from './support/workshop.ts';

it('a film with subtitles of its own is encoded without them', async () => {
  using folder = scratchFolder();
  writeFileSync(folder.file('film.mp4'), makeFilm(1));
  writeFileSync(folder.file('words.srt'), '1\n00:00:00,100 --> 00:00:00,900\nHello\n');
  const inputs = ['-i', folder.file('film.mp4'), '-i', folder.file('words.srt')];
  execFileSync(FFMPEG, ['-v', 'error', ...inputs, '-c', 'copy', '-c:s', 'mov_text', folder.file('both.mp4')]);
  await using workshop = await openWorkshop();
  const a = workshop.input('a', readFileSync(folder.file('both.mp4')));
  const { outcome } = await workshop.run({ inputs: { a }, output: { format: 'mp4' } });
  assert.equal(outcome.kind, 'completed', outcome.kind === 'failed' ? outcome.error.message : '');
});
