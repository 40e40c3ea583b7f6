import type { FfmpegBinary } from '#lib/ffmpeg/binary.ts';
import { type Builds, createBuilds, missingUses, type Uses } from '#lib/ffmpeg/builds.ts';
import type { FfmpegPurpose } from '#lib/ffmpeg/candidates.ts';
import type { Health } from '#lib/health.ts';
import type { Log } from '#lib/log.ts';

type Build = Pick<FfmpegBinary, 'path' | 'origin' | 'starter' | 'capabilities' | 'confinement'>;
type Finder = () => Promise<Build>;

/** What the service can use of the ffmpeg for each purpose. */
const USES: Readonly<Record<FfmpegPurpose, Uses>> = {
  audio: {
    encoders: { video: [], audio: ['libopus', 'aac', 'pcm_s16le', 'libmp3lame', 'libopencore_amrnb'] },
    filters: ['atempo', 'rubberband', 'equalizer', 'bass', 'treble', 'volume', 'arealtime'],
    decoders: ['libopencore_amrnb', 'libopencore_amrwb'],
  },
  full: {
    encoders: {
      video: ['libx264', 'libvpx-vp9', 'mjpeg', 'png', 'gif'],
      audio: ['aac', 'libopus', 'libmp3lame', 'pcm_s16le'],
    },
    filters: [
      ...['subtitles', 'ass', 'drawtext', 'overlay', 'scale', 'zscale', 'lut3d', 'tonemap', 'xfade', 'concat', 'tpad'],
      ...['amix', 'alimiter', 'sidechaincompress', 'loudnorm', 'rubberband', 'showwaves', 'palettegen', 'paletteuse'],
    ],
    decoders: ['libvpx-vp9', 'libdav1d'],
  },
};

export type FfmpegBuilds = {
  /** Reports what each ffmpeg can do. Never rejects. */
  readonly report: () => Promise<Builds>;
  /** Reports what each ffmpeg lacks. Never rejects. */
  readonly summary: () => Promise<Health['ffmpeg_builds']>;
};

export function openFfmpegBuilds(finders: Readonly<Record<FfmpegPurpose, Finder>>): FfmpegBuilds {
  const audio = withPause(finders.audio);
  const full = withPause(finders.full);
  const report = createBuilds({ audio: { find: audio, uses: USES.audio }, full: { find: full, uses: USES.full } });
  const summaryOf = async (purpose: FfmpegPurpose, find: Finder) => {
    const build = await find().catch(() => undefined);
    if (build === undefined) return null;
    return { version: build.capabilities.version, missing: missingUses(USES[purpose], build) };
  };
  return {
    report,
    async summary() {
      const [ofAudio, ofFull] = await Promise.all([summaryOf('audio', audio), summaryOf('full', full)]);
      return { audio: ofAudio, full: ofFull };
    },
  };
}

/** Logs the ffmpeg for a purpose, and what it lacks. */
export function logBuild(log: Pick<Log, 'info'>, purpose: FfmpegPurpose, build: Build): void {
  const { path, origin, confinement, capabilities } = build;
  const missing = missingUses(USES[purpose], build);
  log.info({ purpose, path, origin, version: capabilities.version, confinement, missing }, 'ffmpeg');
}

/** Longest time for which a failed search is not repeated, ms. */
const PAUSE_MS = 60_000;

/** Returns a finder that repeats a failed search only after a pause, because each one starts many processes. */
function withPause(find: Finder): Finder {
  let failure: { readonly at: number; readonly error: unknown } | undefined;
  return async () => {
    if (failure !== undefined && performance.now() - failure.at < PAUSE_MS) throw failure.error;
    try {
      const build = await find();
      failure = undefined;
      return build;
    } catch (error) {
      failure = { at: performance.now(), error };
      throw error;
    }
  };
}
