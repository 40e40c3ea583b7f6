import { AppError } from '#lib/errors.ts';
import type { ClipPicture } from './clip-picture.ts';
import { sourcesOf } from './clip-sources.ts';
import type { PlannedClip } from './planned-clip.ts';
import type { PlannedLayer } from './planned-layers.ts';
import type { PlannedPip } from './planned-pip.ts';

/** Most pixels of all pictures that one ffmpeg opens: each has a decoder with its own frames. */
export const MOST_OPEN_PIXELS = 16 * 1_920 * 1_088;
/** What an open file costs at least. */
const FEWEST_PIXELS = MOST_OPEN_PIXELS / 64;
/** A still picture has one frame. */
const STILL_SHARE = 0.25;

type Shown = { readonly firstFrame: number; readonly frames: number };

/** Returns the pixels of a picture that is open. */
export function openPixels(picture: ClipPicture | null): number {
  return picture === null ? 0 : picture.width * picture.height;
}

/** Returns the pixels of the pictures in the picture that are shown in a part of the timeline. */
export function pipPixels(layers: readonly PlannedLayer[], { firstFrame, frames }: Shown): number {
  return pipsIn(layers, { firstFrame, frames }).reduce((sum, { picture, isStill }) => {
    const share = isStill ? STILL_SHARE : 1;
    return sum + Math.max(FEWEST_PIXELS, share * openPixels(picture));
  }, 0);
}

function pipsIn(layers: readonly PlannedLayer[], { firstFrame, frames }: Shown): PlannedPip[] {
  return layers.filter(
    (layer): layer is PlannedPip =>
      layer.kind === 'pip' && layer.endFrame > firstFrame && layer.firstFrame < firstFrame + frames,
  );
}

/** Throws LIMIT_EXCEEDED when the pictures over one clip need more memory than an ffmpeg has. */
export function refuseManyPictures(clips: readonly PlannedClip[], layers: readonly PlannedLayer[]): void {
  for (const clip of clips) {
    const pips = pipPixels(layers, clip);
    const own = sourcesOf([clip]).reduce((sum, { picture }) => sum + openPixels(picture), 0);
    const value = Math.ceil(own + pips);
    if (pips === 0 || value <= MOST_OPEN_PIXELS) continue;
    const details = { limit: 'open_pixels', value, max: MOST_OPEN_PIXELS, field: 'steps', phase: 'probing' };
    const message = `the pictures over a clip of ${clip.input} have ${value} pixels with it; the limit is ${MOST_OPEN_PIXELS}`;
    throw new AppError('LIMIT_EXCEEDED', details, { message });
  }
}
