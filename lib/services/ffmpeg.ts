import type { Config } from '#lib/config.ts';
import { type FfmpegBinary, findFfmpeg } from '#lib/ffmpeg/binary.ts';
import { missingCapabilities } from '#lib/ffmpeg/capabilities.ts';
import { cpuLevels } from '#lib/ffmpeg/discovery/cpu-level.ts';
import { layerHint } from '#lib/ffmpeg/discovery/layer-hint.ts';
import { PITCH_CAPABILITIES } from '#lib/filters/audio.ts';
import type { FfmpegCheck } from '#lib/health.ts';
import type { Log } from '#lib/log.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';
import { onceSuccessful } from '#lib/work/once-successful.ts';
import { logBuild } from './ffmpeg-builds.ts';

/** Starts the search for ffmpeg at once, so that the first request need not wait. Searches again after a failure. */
export function findFfmpegOnce(config: Config, log: Log): () => Promise<FfmpegBinary> {
  const find = () =>
    findFfmpeg({
      purpose: 'audio',
      ffmpegPath: config.FFMPEG_PATH,
      path: config.PATH,
      confinement: config.CONFINEMENT,
      required: AUDIO_CAPABILITIES,
    });
  const get = onceSuccessful(find);
  get().then(
    async (binary) => {
      logBuild(log, 'audio', binary);
      for (const refused of binary.refused) log.warn({ refused }, 'ffmpeg is not usable');
      const hint = layerHint(binary, await cpuLevels());
      if (hint !== undefined) log.info(hint);
    },
    () => undefined,
  );
  return get;
}

/** The ffmpeg check of `GET /health`: whether the ffmpeg in use has all capabilities. Never rejects. */
export async function checkFfmpeg(ffmpeg: () => Promise<FfmpegBinary>): Promise<FfmpegCheck> {
  try {
    const { capabilities, confinement } = await ffmpeg();
    const { version } = capabilities;
    const missing = missingCapabilities(PITCH_CAPABILITIES, capabilities);
    if (missing.length === 0) return { status: 'ok', version, confinement };
    return { status: 'degraded', message: `ffmpeg lacks ${missing.join(', ')}`, version, confinement };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 'failed', message, version: null, confinement: null };
  }
}
