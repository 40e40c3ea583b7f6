import type { PlannedFile, PlannedFilm, PlannedPicture, PlannedSound } from '#lib/jobs/plan/job-plan.ts';
import type { FileFormat, Quality } from '#lib/jobs/spec/vocabulary.ts';
import { filmFragments, packagedVideo, soundFragments } from './package-arguments.ts';

/** Nothing of the inputs' metadata reaches a result: it may name places and persons. Chapters keep their titles. */
const UNMARKED = ['-map_metadata:g', '-1', '-map_metadata:s', '-1', '-map_chapters', '-1'];

const MUXERS: Readonly<Record<FileFormat, readonly string[]>> = {
  mp4: ['-movflags', '+faststart', '-f', 'mp4'],
  mov: ['-movflags', '+faststart', '-f', 'mov'],
  mkv: ['-f', 'matroska'],
  webm: ['-f', 'webm'],
  mp3: ['-f', 'mp3'],
  aac: ['-f', 'adts'],
  wav: ['-f', 'wav'],
  jpg: ['-f', 'image2', '-update', '1'],
  png: ['-f', 'image2', '-update', '1'],
  gif: ['-loop', '0', '-f', 'gif'],
};

const DEMUXERS: Readonly<Record<FileFormat, string>> = {
  ...{ mp4: 'mov', mov: 'mov', mkv: 'matroska', webm: 'matroska', mp3: 'mp3', aac: 'aac', wav: 'wav' },
  ...{ jpg: 'jpeg_pipe', png: 'png_pipe', gif: 'gif' },
};

/** Returns the demuxer that reads a format. */
export function demuxerFor(format: FileFormat): string {
  return DEMUXERS[format];
}

/** Returns the options of a container and of what is not in it. */
export function muxerArguments(format: FileFormat): string[] {
  return [...UNMARKED, ...MUXERS[format]];
}

/** Returns the options of the container of a file, which in a package is cut into segments. */
export function fileArguments(file: PlannedFile): string[] {
  if (file.kind === 'film' && file.packaged !== undefined) return [...UNMARKED, ...filmFragments(file)];
  if (file.kind === 'sound' && file.packaged !== undefined) return [...UNMARKED, ...soundFragments(file)];
  return muxerArguments(file.format);
}

/** The options of a part of a film, which is joined with others and never read over a network. */
export const CHUNK_MUXER: readonly string[] = [...UNMARKED, '-f', 'mp4'];

type Effort = { readonly crf: number; readonly effort: readonly string[] };

const X264: Readonly<Record<Quality, Effort>> = {
  draft: { crf: 28, effort: ['-preset', 'veryfast'] },
  standard: { crf: 23, effort: ['-preset', 'fast'] },
  high: { crf: 18, effort: ['-preset', 'medium'] },
};
const VP9: Readonly<Record<Quality, Effort>> = {
  draft: { crf: 40, effort: ['-cpu-used', '6'] },
  standard: { crf: 33, effort: ['-cpu-used', '4'] },
  high: { crf: 26, effort: ['-cpu-used', '2'] },
};

/** What the pixels are: the filters made them so. */
const COLORS = ['-color_range', 'tv', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];

/**
 * Returns the options of the video encoder. Each frame of the graph is encoded, none is dropped or repeated. The same
 * settings make chunks that can be joined: `stitchable` keeps what depends on the length out of the headers.
 * `firstFrame`: the number of the first frame in the film.
 */
export function videoArguments(film: PlannedFilm, firstFrame: number): string[] {
  const { codec, quality, kilobits } = film.video;
  const { crf, effort } = (codec === 'h264' ? X264 : VP9)[quality];
  const amount = kilobits === null ? ['-crf', String(crf)] : ['-b:v', `${kilobits}k`];
  const common = ['-pix_fmt', 'yuv420p', ...COLORS, '-fps_mode', 'passthrough'];
  if (codec === 'h264') {
    const own = [...amount, ...packagedVideo(film, firstFrame)];
    return ['-c:v', 'libx264', ...effort, '-profile:v', 'high', ...own, '-x264-params', 'stitchable=1', ...common];
  }
  const free = kilobits === null ? ['-b:v', '0'] : [];
  return ['-c:v', 'libvpx-vp9', '-deadline', 'good', '-row-mt', '1', ...effort, ...free, ...amount, ...common];
}

const AUDIO_ENCODERS = { aac: 'aac', opus: 'libopus', mp3: 'libmp3lame', pcm: 'pcm_s16le' } as const;

export function audioArguments({ codec, kilobits }: PlannedSound): string[] {
  const rate = ['-ar', '48000', '-ac', '2'];
  return ['-c:a', AUDIO_ENCODERS[codec], ...(kilobits === null ? [] : ['-b:a', `${kilobits}k`]), ...rate];
}

/** Returns the options of sound that is encoded from a list of chunks, which is the input with this number. */
export function joinedSoundArguments(input: number, sound: PlannedSound): string[] {
  return ['-map', `${input}:0`, '-af', 'asetpts=N/SR/TB', ...audioArguments(sound)];
}

const JPEG_SCALES: Readonly<Record<Quality, string>> = { draft: '8', standard: '4', high: '2' };

/** Without it, a grey of 105 becomes 102. */
const EXACT = 'bicubic+accurate_rnd+full_chroma_int';

/** The filters that turn pictures of the timeline into RGB. */
export const TO_RGB = `scale=flags=${EXACT}:in_color_matrix=bt709,format=rgb24`;

/** Returns the filters that give one frame the colours of a picture file. */
export function pictureFilters({ format }: PlannedPicture): string {
  return format === 'jpg'
    ? `scale=flags=${EXACT}:in_color_matrix=bt709:out_color_matrix=bt601:out_range=pc,format=yuvj420p`
    : TO_RGB;
}

export function pictureArguments({ format, quality }: PlannedPicture): string[] {
  const encoder = format === 'jpg' ? ['-c:v', 'mjpeg', '-q:v', JPEG_SCALES[quality]] : ['-c:v', 'png'];
  return ['-frames:v', '1', ...encoder];
}
