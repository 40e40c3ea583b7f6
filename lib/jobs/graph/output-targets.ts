import type { EncodedFile, PlannedFile, PlannedFilm, PlannedPicture, PlannedSound } from '#lib/jobs/plan/job-plan.ts';
import { frameAt, isSameRate, perSecond, SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import type { Expected } from '#lib/jobs/verify/expected.ts';
import { chaptersFile } from './chapters-file.ts';
import {
  audioArguments,
  CHUNK_MUXER,
  demuxerFor,
  fileArguments,
  muxerArguments,
  pictureArguments,
  pictureFilters,
  videoArguments,
} from './encoders.ts';
import { rate } from './picture-chain.ts';
import { subtitleFiles } from './subtitle-files.ts';
import type { Tap, Target } from './targets.ts';

/** The frames and samples that a stage makes. */
export type Span = {
  readonly fps: FrameRate;
  readonly firstFrame: number;
  readonly frames: number;
  readonly samples: number;
};

/** The name of a file in the folder. It is ours: nothing that a user names becomes a path. */
export function fileOf({ format }: Pick<PlannedFile, 'format'>, index: number): string {
  return `output-${index}.${format}`;
}

/** Returns a file that one stage makes as a whole. `index`: its place among all files of the plan. */
export function outputTarget(output: Exclude<EncodedFile, { kind: 'animation' }>, index: number, span: Span): Target {
  const muxer = fileArguments(output);
  const common = { file: fileOf(output, index), demuxer: demuxerFor(output.format), output: index };
  if (output.kind === 'picture') return pictureTarget(output, common, span);
  const sound = output.sound === null ? null : { codec: output.sound.codec, samples: span.samples, rate: SAMPLE_RATE };
  const soundTaps = output.sound === null ? [] : [soundTap(output.sound)];
  const expected = { ...common, sound, ...('packaged' in output && { isSegmented: true }) };
  if (output.kind === 'sound') return { taps: soundTaps, muxer, expected: { ...expected, picture: null } };
  const picture = filmPicture(output, span);
  const subtitles = subtitleFiles(output, index);
  const chapters = chaptersFile(output.chapters);
  return {
    taps: [encodedTap(output, span), ...soundTaps],
    ...{ muxer, subtitles, chapters },
    expected: { ...expected, picture, subtitles: subtitles.map(({ cues }) => cues), chapters: chapters?.count ?? 0 },
  };
}

/** Returns the file of the picture alone of a part of a film. */
export function chunkTarget(film: PlannedFilm, file: string, span: Span): Target {
  const expected = { file, demuxer: 'mov', output: null, picture: filmPicture(film, span), sound: null };
  return { taps: [encodedTap(film, span)], muxer: CHUNK_MUXER, expected };
}

/** Returns the file of the sound of a part of the timeline, not compressed. */
export function soundChunkTarget(file: string, { samples }: Span): Target {
  const expected = {
    file,
    demuxer: 'wav',
    output: null,
    picture: null,
    sound: { codec: 'pcm', samples, rate: SAMPLE_RATE },
  };
  return {
    taps: [{ source: 'sound', filters: 'anull', encoder: ['-c:a', 'pcm_s16le'] }],
    muxer: muxerArguments('wav'),
    expected,
  };
}

function soundTap(sound: PlannedSound): Tap {
  return { source: 'sound', filters: 'anull', encoder: audioArguments(sound) };
}

function pictureTarget(output: PlannedPicture, common: Omit<Expected, 'picture' | 'sound'>, span: Span): Target {
  const { width, height } = output.geometry;
  const filters = `select=eq(n\\,${output.frame - span.firstFrame}),${pictureFilters(output)}`;
  const codec = output.format === 'jpg' ? 'mjpeg' : 'png';
  return {
    taps: [{ source: output.geometry, filters, encoder: pictureArguments(output) }],
    muxer: muxerArguments(output.format),
    expected: { ...common, picture: { codec, width, height, rotation: 0, frames: 1, rate: null }, sound: null },
  };
}

function encodedTap(film: PlannedFilm, span: Span): Tap {
  return filmTap(film, span, videoArguments(film, frameAt(span.firstFrame, span.fps, film.fps)));
}

type Frames = Pick<PlannedFilm, 'fps' | 'geometry'>;

/** Frames keep their number on the timeline up to here, so a part has the frames of the whole at any rate. */
export function filmTap(film: Frames, span: Span, encoder: readonly string[]): Tap {
  const { fps } = film;
  const clock = `settb=${fps.den}/${fps.num},setpts=N`;
  const slower = `fps=${rate(fps)},tpad=stop_mode=clone:stop=1,trim=end_frame=${framesOf(film, span)}`;
  const filters = isSameRate(fps, span.fps) ? clock : `${slower},${clock}`;
  return { source: film.geometry, filters, encoder };
}

function filmPicture(film: PlannedFilm, span: Span) {
  const { width, height } = film.geometry;
  return {
    codec: film.video.codec,
    width,
    height,
    rotation: 0,
    frames: framesOf(film, span),
    rate: perSecond(film.fps),
  };
}

/** Returns the frames of a film that a span of the timeline makes. */
export function framesOf({ fps }: Pick<PlannedFilm, 'fps'>, { firstFrame, frames, fps: timeline }: Span): number {
  return frameAt(firstFrame + frames, timeline, fps) - frameAt(firstFrame, timeline, fps);
}
