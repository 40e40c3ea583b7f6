import assert from 'node:assert/strict';
import { it } from 'node:test';
import { runCampaign } from '../bench/fuzz/campaign.ts';
import { makeCorpus } from '../bench/fuzz/corpus.ts';
import { startEnvironment } from '../bench/fuzz/environment.ts';
import { tallyText } from '../bench/fuzz/tally.ts';
import { createMediaFolder, tone } from './support/media.ts';
import { scratchFolder } from './support/scratch-folder.ts';

/** Few cases, always the same. `npm run test:long -- fuzz` tries more. */
const SEED = 20_261_121;
const CASES = { request: 60, media: 24 };
const NAMES = ['mp3.mp3', 'aac.aac', 'flac.flac', 'vorbis.ogg', 'opus.opus', 'pcm_s16le.wav', 'opus.webm'].concat([
  'aac-index-last.m4a',
  'aac-index-first.m4a',
  'aac.ts',
  'pcm_s16be.aiff',
  'pcm_s16le.caf',
]);

it('the service withstands a few damaged requests and media', async () => {
  using folder = scratchFolder();
  await using media = await createMediaFolder();
  const sound = await media.make('sound.wav', tone(440, 1));
  const corpus = await makeCorpus({ seconds: 0.8, names: NAMES });
  assert.ok(corpus.size >= NAMES.length - 1, `${corpus.size} files`);
  await using environment = await startEnvironment({ sound });
  const { tally, findings, seconds } = await runCampaign({
    environment,
    corpus,
    seed: SEED,
    isOver: (kind, begun) => begun >= CASES[kind],
    workers: { request: 6, media: 4 },
    folder: folder.path,
  });
  assert.deepEqual(findings, [], tallyText(tally, seconds));
  assert.equal(tally.request.cases, CASES.request);
  assert.ok(tally.media.cases >= CASES.media && (tally.media.answers.get('200') ?? 0) > 5, tallyText(tally, seconds));
  assert.ok((tally.request.answers.get('200') ?? 0) > 5 && tally.request.answers.size > 4, tallyText(tally, seconds));
});
