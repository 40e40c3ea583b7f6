import { spawnSync } from 'node:child_process';
import { loadConfig } from '#lib/config.ts';
import { type FfmpegBinary, findFfmpeg, REMEDY } from '#lib/ffmpeg/binary.ts';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { cpuLevels } from '#lib/ffmpeg/cpu-level.ts';
import { layerHint } from '#lib/ffmpeg/layer-hint.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';

/** Part of the set-up: finds an ffmpeg that can do the work, or installs the distribution's where that is allowed. */
const { FFMPEG_PATH, PATH } = loadConfig();

function say(line: string): void {
  process.stderr.write(`setup: ${line}\n`);
}

function find(): Promise<FfmpegBinary> {
  return findFfmpeg({ purpose: 'audio', ffmpegPath: FFMPEG_PATH, path: PATH, required: AUDIO_CAPABILITIES });
}

/** How to run `apt-get` with the rights it needs and without a question; undefined where that cannot be. */
function aptGet(): string[] | undefined {
  const apt = findOnPath('apt-get', PATH);
  if (apt === undefined) return undefined;
  if (process.getuid?.() === 0) return [apt];
  const sudo = findOnPath('sudo', PATH);
  const mayUseSudo = sudo !== undefined && spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return mayUseSudo ? [sudo, '-n', apt] : undefined;
}

function install(): void {
  const [command, ...args] = aptGet() ?? [];
  if (command === undefined) return;
  say('installing ffmpeg (apt-get install ffmpeg)');
  const run = (...words: string[]) =>
    spawnSync(command, [...args, ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  run('update', '-qq');
  run('install', '-y', '-qq', '--no-install-recommends', 'ffmpeg');
}

async function provide(): Promise<FfmpegBinary> {
  try {
    return await find();
  } catch (error) {
    // One that was named is not to be replaced by another.
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
