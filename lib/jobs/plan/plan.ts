import { AppError } from '#lib/errors.ts';
import type { Capabilities } from '#lib/ffmpeg/capabilities.ts';
import { checkMediaLimits, MEDIA_LIMITS, type MediaLimits } from '#lib/jobs/media/media-limits.ts';
import { usedInputs } from '#lib/jobs/spec/base.ts';
import type { OutputSpec } from '#lib/jobs/spec/outputs.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import { FORMATS, type FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { chaptersOf } from './chapters.ts';
import { sourcesOf } from './clip-sources.ts';
import { clipsOf } from './clips.ts';
import { copiedOutput } from './copy/copied-output.ts';
import { createCueReader, type Texts } from './cues.ts';
import { type KnownFonts, warnOfFonts } from './fonts.ts';
import type { JobPlan, PlannedOutput } from './job-plan.ts';
import { layersOf } from './layers.ts';
import { refuseManyPictures } from './open-pictures.ts';
import { outputOf } from './outputs.ts';
import { inStep } from './pip-sound.ts';
import type { PlacedLayer } from './placed-layers.ts';
import { faster, nearestRate, perSecond, SAMPLE_RATE } from './rates.ts';
import { refusal } from './refusal.ts';
import { withRepeats } from './repeats.ts';
import { requireCapabilities } from './required.ts';
import type { Segment } from './segment.ts';
import { type Facts, timelineOf } from './segments.ts';
import { canvasOf, uprightSize } from './sizes.ts';
import { mixOf } from './sound-layers.ts';
import { isChanged } from './sound-program.ts';
import { subtitlesOf } from './subtitles.ts';

export type PlanLimits = MediaLimits & { readonly outputSeconds: number };

export const PLAN_LIMITS: PlanLimits = { ...MEDIA_LIMITS, outputSeconds: 14_400 };

export type PlanOptions = {
  readonly limits?: PlanLimits | undefined;
  /** Outputs that must not be copied, by their number in the request, each with the reason. */
  readonly notCopied?: ReadonlyMap<number, string> | undefined;
  /** The bytes of the inputs that are subtitles. Without them, a plan has no cues. */
  readonly texts?: Texts | undefined;
  /** Without them, a plan does not know whether a font exists. */
  readonly fonts?: KnownFonts | undefined;
};

/** Frames per second of a job that has still pictures only. */
const STILL_RATE = 25;

/**
 * Decides what a job makes of its inputs. Throws errors with `{field, input, step, phase: 'probing'}` for what only the
 * files show: LIMIT_EXCEEDED, SOURCE_DAMAGED, CAPABILITY_MISSING, VALIDATION_ERROR.
 */
export function plan(
  spec: JobSpec,
  facts: Facts,
  capabilities: Capabilities,
  { limits = PLAN_LIMITS, notCopied, texts = new Map(), fonts }: PlanOptions = {},
): JobPlan {
  const warnings = new Set<string>();
  const warn = (text: string): void => void warnings.add(text);
  const used = usedInputs(spec);
  for (const input of used) {
    const media = facts.get(input);
    if (media !== undefined) checkMediaLimits(input, media, limits);
  }
  for (const input of Object.keys(spec.inputs)) if (!used.includes(input)) warn(`inputs.${input} is not used`);

  if (fonts !== undefined) warnOfFonts(spec, fonts, warn);

  const needsPicture = spec.outputs.some(hasPicture);
  const stepped = timelineOf(spec, facts, { needsPicture, warn });
  const { clips: joined, segments } = stepped;
  const base = joined.find(({ place }) => place.input === spec.base) ?? joined[0];
  const fps = timelineRate(spec, rateOf(base === undefined ? joined : [base, ...joined]));
  const clips = clipsOf(segments, { fps, needsPicture, keepsDamaged: spec.on_damage === 'keep', warn });
  const last = clips.at(-1);
  if (last === undefined) throw refusal({ field: 'steps' }, 'the timeline is shorter than a frame');
  const frames = last.firstFrame + last.frames;
  const samples = last.firstSample + last.samples;
  const seconds = needsPicture ? frames / perSecond(fps) : samples / SAMPLE_RATE;
  refuseLong(seconds, limits.outputSeconds);

  const canvas = canvasOf(base?.picture === undefined ? NO_PICTURE : uprightSize(base.picture), spec.steps);
  const read = createCueReader({ spec, texts, warn });
  const subtitles = subtitlesOf(stepped.subtitles, { spec, read, warn });
  const placed = needsPicture ? layersOf(stepped.layers, { spec, facts, canvas, fps, frames, read, warn }) : [];
  const program = inStep(stepped.sound, placed, fps);
  const mix = mixOf(program, { length: stepped.seconds, samples });
  const drawing = stepped.layers[0]?.index;
  const hasSound = isChanged(program) || sourcesOf(clips).some(({ sound }) => sound !== null);
  const chapters = chaptersOf(stepped.chapters, seconds);
  const timeline = { canvas, fps, frames, samples, hasSound, subtitles, chapters, warn };
  const isScaled = spec.steps.some(({ op }) => op === 'scale');
  const request = { segments, length: stepped.seconds, program, subtitles, canvas, isScaled, drawing };
  const outputs = spec.outputs.map((output, index): PlannedOutput => {
    const refuted = notCopied?.get(index);
    const copy = copiedOutput(output, { ...request, index, chapters, refuted });
    return 'because' in copy ? outputOf({ output, index, because: copy.because }, timeline) : copy;
  });
  if (spec.steps.some(({ op }) => op === 'audio') && outputs.every(({ kind }) => kind === 'picture')) {
    warn('the audio steps have no effect: no output has sound');
  }
  if (drawing !== undefined && !needsPicture && !isHeard(stepped.layers)) {
    warn('the steps that draw on the picture have no effect: no output has one');
  }
  const layers = withRepeats(placed, outputs);
  if (needsPicture) refuseManyPictures(clips, layers);
  requireCapabilities({ clips, mix, layers, outputs }, capabilities);
  return { warnings: [...warnings], fps, frames, samples, seconds, clips, mix, layers, outputs };
}

/** Returns whether steps that draw are also heard. */
function isHeard(layers: readonly PlacedLayer[]): boolean {
  return layers.some(({ step }) => step.op === 'pip' && step.volume > 0);
}

const NO_PICTURE = { width: 16, height: 16 };

/** A package has one, unless its ladder is of sound alone. */
function hasPicture({ format, ladder }: OutputSpec): boolean {
  const isSound = ladder?.every((rung) => rung === 'audio') ?? false;
  return FORMATS[format].kind === 'package' ? !isSound : FORMATS[format].kind !== 'sound';
}

/** Films share one timeline: that of the fastest. */
function timelineRate({ outputs }: JobSpec, base: FrameRate): FrameRate {
  const films = outputs.filter(({ format }) => FORMATS[format].kind === 'film' || FORMATS[format].kind === 'package');
  const rates = films.map(({ fps }) => (fps === undefined ? base : nearestRate(fps)));
  return rates.length === 0 ? base : rates.reduce(faster);
}

/** Returns the frame rate of the first clip that moves. */
function rateOf(clips: readonly Segment[]): FrameRate {
  const moving = clips.find(({ picture, isStill }) => picture !== undefined && !isStill)?.picture;
  return nearestRate(moving?.averageRate ?? moving?.baseRate ?? STILL_RATE);
}

function refuseLong(value: number, max: number): void {
  if (value <= max) return;
  const details = { limit: 'output_seconds', value, max, phase: 'probing' };
  throw new AppError('LIMIT_EXCEEDED', details, {
    message: `the result would be ${value} s long; the limit is ${max} s`,
  });
}
