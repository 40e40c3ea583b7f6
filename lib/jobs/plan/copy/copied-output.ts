import type { OutputSpec } from '#lib/jobs/spec/outputs.ts';
import { type FileFormat, FORMATS, isPackageFormat } from '#lib/jobs/spec/vocabulary.ts';
import { clipsOf } from '../clips.ts';
import type { PlannedCopy, PlannedSubtitles, SoundUnderCopy } from '../job-plan.ts';
import { NOT_COPIED } from '../ladder.ts';
import { soundOf } from '../outputs.ts';
import { perSecond, SAMPLE_RATE } from '../rates.ts';
import { refusal } from '../refusal.ts';
import type { Segment } from '../segments.ts';
import { mixOf } from '../sound-layers.ts';
import { isChanged, type SoundProgram } from '../sound-program.ts';
import { trackOf } from '../sound-track.ts';
import { isUnmeasured } from './cutting.ts';
import { type CopiedClip, type PictureRequest, pictureVerdict } from './picture-verdict.ts';
import { AT_CUTS, soundVerdict } from './sound-verdict.ts';

export type CopyRequest = Omit<PictureRequest, 'output'> & {
  /** Number of the output in the request. */
  readonly index: number;
  /** Length of the timeline, seconds, and what is heard on it. */
  readonly length: number;
  readonly program: SoundProgram;
  readonly subtitles: readonly PlannedSubtitles[];
  /** Why it must be encoded, whatever the facts. */
  readonly refuted: string | undefined;
};

/**
 * Returns an output as a copy of packets, or why it must be encoded. Throws when the request demands a copy that is not
 * possible.
 */
export function copiedOutput(output: OutputSpec, request: CopyRequest): Copied {
  const { refuted } = request;
  const copy = refuted === undefined ? copiedIf(output, request) : { because: refuted };
  // A dry run does not know yet.
  if (output.video_codec === 'copy' && 'because' in copy && !isUnmeasured(copy.because)) {
    const field = `outputs[${request.index}].video_codec`;
    throw refusal({ field }, `the picture cannot be copied: ${copy.because}`, { value: 'copy' });
  }
  return copy;
}

type Copied = PlannedCopy | { readonly because: string };

function copiedIf(output: OutputSpec, request: CopyRequest): Copied {
  const { format } = output;
  if (isPackageFormat(format)) return { because: NOT_COPIED };
  const copied = FORMATS[format].kind === 'film' ? copiedFilm : copiedSound;
  return copied({ ...output, format }, request);
}

/** An output that is one file. */
type FileSpec = OutputSpec & { readonly format: FileFormat };

function copiedFilm(output: FileSpec, request: CopyRequest): Copied {
  const verdict = pictureVerdict({ output, ...request });
  if (verdict.kind === 'encoded') return { because: verdict.because };
  const { clips, picture } = verdict;
  const { exactRate: rate } = picture;
  if (rate === null) return { because: 'the frame rate is not known' };
  const frames = clips.reduce((sum, clip) => sum + clip.frames, 0);
  // Before the packets were read, only a whole input gets a verdict.
  const isWhole = clips.length === 1 && (picture.frames === null || frames === picture.frames);
  const { sound, because } = soundUnder(output, { clips, isWhole, ...request });
  const hasNewSound = isChanged(request.program);
  // Frames that are not evenly spaced cannot be cut out: only the whole of them has a known length.
  if (sound?.treatment === 'encoded' && !(isWhole && hasNewSound) && picture.isRegular !== true) {
    return { because: `the sound must be encoded (${because}), and the frames are not evenly spaced` };
  }
  const { codec, width, height, rotation } = picture;
  const parts = clips.map(({ segment, seekSeconds, decodedSeconds, firstBytes, frames: count }) => ({
    ...{ input: segment.place.input, container: segment.facts.container, stream: segment.picture?.index ?? 0 },
    ...{ seekSeconds, decodedSeconds, firstBytes, frames: count },
  }));
  // Its own sound begins with the first frame that is cut out; a new one with the file.
  const staysWhole = isWhole && (sound?.treatment !== 'encoded' || hasNewSound);
  return {
    ...{ kind: 'copy', name: output.name, format: output.format },
    whole: staysWhole ? wholeOf(clips.map(({ segment }) => segment)) : null,
    picture: { codec, width, height, rotation, rate, isRegular: picture.isRegular !== false, frames, parts },
    sound,
    subtitles: request.subtitles,
    seconds: staysWhole ? (picture.endSeconds ?? 0) : frames / perSecond(rate),
    bytes: clips.reduce((sum, clip) => sum + bytesOf(clip.segment), 0),
    notCopiedBecause: because === undefined ? null : `audio: ${because}`,
  };
}

type Under = Pick<CopyRequest, 'length' | 'program'> & {
  readonly clips: readonly CopiedClip[];
  readonly isWhole: boolean;
};

/** The sound of the clips as they are cut, and what is added: it begins and ends with the frames that are copied. */
function soundUnder(
  output: OutputSpec,
  { clips, isWhole, length, program }: Under,
): { sound: SoundUnderCopy | null; because?: string } {
  const segments = clips.map(({ segment, from, to }) => ({ ...segment, from, to }));
  const verdict = soundVerdict({ output, segments: clips.map(({ segment }) => segment), program });
  if (verdict.kind === 'copied' && isWhole) {
    const { sound, codec } = verdict;
    return { sound: { treatment: 'copied', stream: sound.index, codec, seconds: sound.endSeconds ?? 0 } };
  }
  const { exactRate, endSeconds } = clips[0]?.picture ?? {};
  const fps = exactRate ?? { num: 25, den: 1 };
  const planned = clipsOf(segments, { fps, needsPicture: true, keepsDamaged: false, warn: () => undefined });
  const staysWhole = isWhole && isChanged(program);
  const samples = staysWhole
    ? Math.round((endSeconds ?? 0) * SAMPLE_RATE)
    : planned.reduce((sum, clip) => sum + clip.samples, 0);
  const mix = mixOf(program, { length, samples });
  const own = trackOf(planned);
  const track = staysWhole ? own.map((clip) => ({ ...clip, samples })) : own;
  const sound = soundOf(output, {
    samples,
    hasSound: isChanged(program) || planned.some((clip) => clip.sound !== null),
  });
  if (sound === null) return { sound: null };
  return {
    sound: { treatment: 'encoded', sound, track: mix.base === 'silence' ? [] : track, mix },
    because: verdict.kind === 'copied' ? AT_CUTS : verdict.because,
  };
}

function copiedSound(output: FileSpec, { segments, program }: CopyRequest): Copied {
  const verdict = soundVerdict({ output, segments, program });
  if (verdict.kind === 'encoded') return { because: verdict.because };
  const { sound, codec } = verdict;
  const seconds = sound.endSeconds ?? 0;
  return {
    ...{ kind: 'copy', name: output.name, format: output.format, picture: null, seconds, notCopiedBecause: null },
    subtitles: [],
    whole: wholeOf(segments),
    sound: { treatment: 'copied', stream: sound.index, codec, seconds },
    bytes: segments.reduce((sum, segment) => sum + bytesOf(segment), 0),
  };
}

function wholeOf([segment]: readonly Segment[]): PlannedCopy['whole'] {
  return segment === undefined ? null : { input: segment.place.input, container: segment.facts.container };
}

/** The share of an input's bytes that a part of it has. */
function bytesOf({ facts, from, to }: Segment): number {
  return facts.seconds === null || facts.seconds <= 0
    ? facts.bytes
    : facts.bytes * Math.min(1, (to - from) / facts.seconds);
}
