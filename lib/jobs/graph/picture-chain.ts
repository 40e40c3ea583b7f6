import type { ClipPicture } from '#lib/jobs/plan/clip-picture.ts';
import type { Geometry } from '#lib/jobs/plan/job-plan.ts';
import { evenBelow, scaledSize } from '#lib/jobs/plan/sizes.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import type { HighRange } from './tone-table.ts';

export type ClipFrames = {
  readonly picture: ClipPicture;
  readonly frames: number;
  readonly fps: FrameRate;
  /** Where the clip begins in the opened input, seconds. */
  readonly offset: string;
};

/** Returns the filters that put the frames of a clip on the grid of the timeline. What is transparent becomes black. */
export function gridChain({ picture, fps, offset, folder, part }: GridOptions): string {
  return [
    ...progressive(picture),
    `fps=${rate(fps)}:start_time=${offset}`,
    ...(part === undefined ? [] : [part]),
    ...opaque(picture),
    ...toneFilters(picture, folder),
  ].join(',');
}

/** `folder`: where the tables are. `part`: a filter that leaves frames out before any is converted. */
type GridOptions = Omit<ClipFrames, 'frames'> & { readonly folder: string; readonly part?: string };

/** These filters read beyond the end of a frame that is smaller than the first. */
function sameSize({ coded }: ClipPicture): string {
  return `scale=${coded.width}:${coded.height}`;
}

/** One frame for each of the source. */
function progressive(picture: ClipPicture): string[] {
  return picture.isInterlaced ? [sameSize(picture), 'bwdif=mode=send_frame:parity=auto:deint=interlaced'] : [];
}

/** Conversions whose rounding shows otherwise. */
export const EXACT = 'flags=bicubic+accurate_rnd+full_chroma_int';

function opaque(picture: ClipPicture): string[] {
  if (!picture.hasAlpha) return [];
  const matrix = picture.isBt709 ? ':in_color_matrix=bt709' : '';
  return [`${sameSize(picture)}:${EXACT}${matrix}`, 'format=gbrap', 'premultiply=inplace=1'];
}

export function rate({ num, den }: FrameRate): string {
  return `${num}/${den}`;
}

/** Returns the name of the file with the table for a light. */
export function toneFile(light: HighRange): string {
  return `${light}.cube`;
}

function toneFilters(picture: ClipPicture, folder: string): string[] {
  const { light } = picture;
  if (light === 'sdr') return [];
  return [
    `${sameSize(picture)}:${EXACT}:in_color_matrix=bt2020`,
    'format=gbrp10le',
    `lut3d=file=${escaped(`${folder}/${toneFile(light)}`)}:interp=tetrahedral`,
  ];
}

/** Escapes a path in a filter graph: once for the value of an option, once for the graph. */
export function escaped(path: string): string {
  return path.replace(/[\\':]/g, '\\$&').replace(/[\\'[\],;]/g, '\\$&');
}

/** Returns the filters that give a clip the geometry of an output and its exact length. `label` names links in between. */
export function fittedChain({ picture, frames, fps }: Omit<ClipFrames, 'offset'>, geometry: Geometry, label: string) {
  const length = [`tpad=stop_mode=clone:stop=${picture.padding}`, `trim=end_frame=${frames}`];
  return [fitted(picture, geometry, label), 'setsar=1', 'format=yuv420p', ...length, frameClock(fps)].join(',');
}

/** Returns the filters that number frames from 0, in units of a frame. */
export function frameClock({ num, den }: FrameRate): string {
  return `settb=${den}/${num},setpts=N`;
}

/** Returns the filters that give a picture the size and shape of a geometry. */
export function fitted(picture: ClipPicture, geometry: Geometry, label: string): string {
  const { width, height, fit, background } = geometry;
  const inner = scaledSize(picture, geometry);
  const sized = scale(inner, picture);
  if (inner.width === width && inner.height === height) return sized;
  if (fit === 'cover') return `${sized},crop=${width}:${height}`;
  if (background === 'blur') return blurred(picture, geometry, label);
  return `${sized},pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:color=0x${background.slice(1)}`;
}

/** The picture itself under it, cut to the frame and blurred. */
function blurred(picture: ClipPicture, geometry: Geometry, label: string): string {
  const [back, front] = [`${label}back`, `${label}front`];
  const window = smaller(geometry);
  const cover = scaledSize(picture, { ...window, fit: 'cover', background: '' });
  const pixels = 'setsar=1,format=yuv420p';
  return [
    `split[${back}0][${front}0]`,
    `[${back}0]${scale(cover, picture)},crop=${window.width}:${window.height},gblur=sigma=4,format=yuv420p,` +
      `scale=${geometry.width}:${geometry.height}:flags=bicubic,${pixels}[${back}]`,
    `[${front}0]${scale(scaledSize(picture, geometry), picture)},${pixels}[${front}]`,
    `[${back}][${front}]overlay=(W-w)/2:(H-h)/2:format=yuv420`,
  ].join(';');
}

/** A background is blurred at this share of its size, which costs less and looks the same. */
const BLUR_SHARE = 8;

function smaller({ width, height }: { readonly width: number; readonly height: number }) {
  return { width: evenBelow(width / BLUR_SHARE), height: evenBelow(height / BLUR_SHARE) };
}

/** Colours are converted only where they differ: conversion costs as much as scaling. */
function scale({ width, height }: { readonly width: number; readonly height: number }, picture: ClipPicture): string {
  const size = `scale=${width}:${height}`;
  return picture.isBt709 && !picture.hasAlpha
    ? `${size}:flags=bicubic`
    : `${size}:flags=bicubic+accurate_rnd:out_color_matrix=bt709:out_range=tv`;
}
