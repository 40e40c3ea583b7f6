import type { Capabilities } from '#lib/ffmpeg/capabilities.ts';
import type { MediaFacts, PictureFacts, SoundFacts } from '#lib/jobs/media/facts.ts';
import type { KnownFonts } from '#lib/jobs/plan/fonts.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { type PlanLimits, plan } from '#lib/jobs/plan/plan.ts';
import { JOB_SPEC } from '#lib/jobs/spec/spec.ts';
import { validate } from '#lib/validation.ts';

/** Facts of a picture stream of ten seconds at 30 frames per second, changed by these. */
export function pictureFacts(changes: Partial<PictureFacts> = {}): PictureFacts {
  return {
    ...{
      kind: 'picture',
      index: 0,
      codec: 'h264',
      profile: 'High',
      width: 640,
      height: 360,
      pixelAspect: 1,
      rotation: 0,
    },
    ...{ averageRate: 30, baseRate: 30, startSeconds: 0, endSeconds: 10, lastFrameSeconds: 9.967, frames: 300 },
    ...{ exactRate: { num: 30, den: 1 }, timeBase: { num: 1, den: 15_360 }, fieldOrder: 'progressive' },
    ...{ extradata: 'MD5:one', isRegular: true, hasHiddenFrames: false, hasShownTimes: true },
    ...{ cuts: [{ seconds: 0, decodedSeconds: 0, frame: 0, bytes: 1_000 }], firstBytes: 1_000 },
    ...{
      pixelFormat: 'yuv420p',
      hasAlphaPicture: false,
      color: { range: null, space: null, primaries: null, transfer: null },
      language: null,
      isDefault: true,
    },
    ...changes,
  };
}

/** Facts of a sound stream of ten seconds. */
export function soundFacts(changes: Partial<SoundFacts> = {}): SoundFacts {
  return {
    ...{ kind: 'sound', index: 1, codec: 'aac', profile: 'LC', sampleRate: 48_000, channels: 2, layout: 'stereo' },
    ...{ startSeconds: 0, endSeconds: 10, language: null, isDefault: true },
    ...changes,
  };
}

/** Facts of an MP4 file with these streams: by default a picture and a sound of ten seconds. */
export function mediaFacts(streams: MediaFacts['streams'] = [pictureFacts(), soundFacts()]): MediaFacts {
  const container = 'mov,mp4,m4a,3gp,3g2,mj2';
  return { container, seconds: 10, startSeconds: 0, bytes: 1_000_000, streams, brokenAtSeconds: null };
}

const ALL = { has: () => true } as unknown as ReadonlySet<string>;
/** An ffmpeg that has everything. */
export const CAPABLE: Capabilities = {
  ...{ version: '5.1', filters: ALL, encoders: ALL, demuxers: ALL, muxers: ALL, protocols: ALL, bitstreamFilters: ALL },
  ...{ videoEncoders: ALL, audioEncoders: ALL, decoders: ALL, losesPitchedEnd: false },
};
/** One film. */
export const FILM = [{ format: 'mp4' }];

type Facts = Readonly<Record<string, MediaFacts>>;
type Options = {
  readonly capabilities?: Capabilities;
  readonly limits?: PlanLimits;
  /** Inputs that are subtitles, with their contents. */
  readonly texts?: Readonly<Record<string, Uint8Array>>;
  readonly fonts?: KnownFonts;
};

/** Plans a request over inputs with these facts. */
export function planOf(
  request: object,
  facts: Facts = { a: mediaFacts() },
  { capabilities = CAPABLE, limits, texts = {}, fonts }: Options = {},
): JobPlan {
  const inputs = Object.fromEntries(
    [...Object.keys(facts), ...Object.keys(texts)].map((name) => [name, `https://x.org/${name}`]),
  );
  const spec = validate(JOB_SPEC, { inputs, outputs: FILM, ...request });
  const more = { limits, fonts, texts: new Map(Object.entries(texts)) };
  return plan(spec, new Map(Object.entries(facts)), capabilities, more);
}
