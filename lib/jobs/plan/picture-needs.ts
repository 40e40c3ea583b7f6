import type { Capability } from '#lib/ffmpeg/capabilities.ts';
import type { ClipPicture } from './clip-picture.ts';
import type { PlannedPip } from './planned-pip.ts';

/** What something needs, and the input that needs it. */
export type Needs = { readonly capabilities: readonly Capability[]; readonly input?: string };

/** Returns what makes a picture even: its light, its fields and its transparency. */
export function pictureNeeds({ light, isInterlaced, hasAlpha, decoder }: ClipPicture): Capability[] {
  return [
    ...(decoder === null ? [] : [`decoder:${decoder}` as const]),
    ...(light === 'sdr' ? [] : (['filter:lut3d'] as const)),
    ...(isInterlaced ? (['filter:bwdif'] as const) : []),
    ...(hasAlpha ? (['filter:premultiply'] as const) : []),
  ];
}

/** Returns what shows a picture in the picture. */
export function pipNeeds({ picture, look, isLooped, input }: PlannedPip): Needs {
  const { border, opacity } = look;
  const isMasked = opacity < 1 || border !== undefined;
  const capabilities: Capability[] = [
    ...pictureNeeds(picture),
    'filter:overlay',
    ...(picture.hasAlpha ? (['filter:unpremultiply'] as const) : []),
    ...(isLooped ? (['filter:loop'] as const) : []),
    ...(isMasked ? MASKS : []),
  ];
  return { capabilities, input };
}

const MASKS: readonly Capability[] = [
  ...(['demuxer:pgm_pipe', 'decoder:pgm', 'filter:alphamerge', 'filter:alphaextract', 'filter:blend'] as const),
  ...(['filter:lutyuv', 'filter:pad'] as const),
];
