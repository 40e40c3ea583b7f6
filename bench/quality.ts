import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { QUALITY_PRESETS } from '#lib/profiles/audio.ts';
import { createMediaFolder, MUSIC_FILE } from '../test/support/media.ts';
import { BOUNDS } from './quality/bounds.ts';
import { cheapest, compareVariants } from './quality/comparison.ts';
import { corpus } from './quality/corpus.ts';
import { createJudge } from './quality/judgement.ts';
import { comparisonTable } from './quality/table.ts';

/**
 * `npm run quality [-- --format opus|aac --preset NAME --rounds N --sounds FOLDER --ffmpeg PATH]`: measures the CPU
 * time and the sound quality of an encoder's options, each preset compared with the encoder's best, and selects the
 * cheapest options within the preset's bounds.
 */
const LAYER = fileURLToPath(new URL('../layers/ffmpeg-audio/dist/bin/ffmpeg-audio', import.meta.url));
/** Three minutes. */
const MUSIC = ['-af', 'aloop=loop=2:size=3000000', '-t', '180', '-c:a', 'libmp3lame', '-b:a', '192k'];

const { values } = parseArgs({
  options: {
    format: { type: 'string', default: 'opus' },
    preset: { type: 'string', multiple: true, default: [...QUALITY_PRESETS] },
    rounds: { type: 'string', default: '5' },
    sounds: { type: 'string' },
    ffmpeg: { type: 'string', default: LAYER },
  },
});
const { ffmpeg } = values;
const format = values.format === 'aac' ? 'aac' : 'opus';

await using media = await createMediaFolder();
await media.make('music.mp3', { file: MUSIC_FILE }, MUSIC);
const music = join(media.directory, 'music.mp3');
const sounds = await corpus(values.sounds);
console.log(`${ffmpeg}\n${sounds.length} sounds: ${sounds.map(({ name }) => name).join('; ')}`);
const judge = createJudge(sounds);
for (const preset of QUALITY_PRESETS.filter((name) => values.preset.includes(name))) {
  const compared = await compareVariants({ ffmpeg, format, preset, music, judge, rounds: Number(values.rounds) });
  console.log(`\n${format}, ${preset}\n${comparisonTable(compared)}`);
  const { loss, change } = BOUNDS[preset];
  const chosen = cheapest(compared, BOUNDS[preset]);
  const bounds = `at most ${(loss * 100).toFixed(0)} % lost, no sound more than ${change} dB worse`;
  console.log(`${bounds}: ${chosen?.variant.name ?? 'none'}`);
}
