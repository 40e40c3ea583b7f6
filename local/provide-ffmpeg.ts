import { loadConfig } from '#lib/config.ts';
import { type FfmpegBinary, findFfmpeg, REMEDY } from '#lib/ffmpeg/binary.ts';
import { cpuLevels } from '#lib/ffmpeg/discovery/cpu-level.ts';
import { layerHint } from '#lib/ffmpeg/discovery/layer-hint.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';
import { aptInstall } from '../layers/builder/apt-get.ts';
import { provideFonts } from './provide-fonts.ts';

/** Part of the set-up: finds a capable ffmpeg, or installs the distribution's where that is allowed; then its fonts. */
const { CONFINEMENT, FFMPEG_PATH, PATH } = loadConfig();

function say(line: string): void {
  process.stderr.write(`setup: ${line}\n`);
}

function find(): Promise<FfmpegBinary> {
  return findFfmpeg({
    purpose: 'audio',
    ffmpegPath: FFMPEG_PATH,
    path: PATH,
    confinement: CONFINEMENT,
    required: AUDIO_CAPABILITIES,
  });
}

function install(): void {
  const installPackages = aptInstall(PATH);
  if (installPackages === undefined) return;
  say('installing ffmpeg (apt-get install ffmpeg)');
  installPackages(['ffmpeg']);
}

async function provide(): Promise<FfmpegBinary> {
  try {
    return await find();
  } catch (error) {
    // An ffmpeg that the user has named is not replaced.
    if (FFMPEG_PATH !== undefined) throw error;
    install();
    return await find();
  }
}

const found = await provide().catch((error: Error) => {
  say(FFMPEG_PATH === undefined ? `there is no usable ffmpeg: ${REMEDY}` : error.message);
  process.exit(1);
});
for (const refused of found.refused) say(`an ffmpeg cannot be used: ${refused}`);
const hint = layerHint(found, await cpuLevels());
if (hint !== undefined && !process.argv.includes('--quiet')) say(hint);
provideFonts({ install: aptInstall(PATH), say });
