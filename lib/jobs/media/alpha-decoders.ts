import type { PictureFacts } from './facts.ts';

/** The decoders that also read the transparency of VP8 and VP9. Those of ffmpeg itself leave it out. */
const ALPHA_DECODERS = { vp8: 'libvpx', vp9: 'libvpx-vp9' } as const;
export type AlphaDecoder = (typeof ALPHA_DECODERS)[keyof typeof ALPHA_DECODERS];

/** Returns the decoder that a picture needs because of its transparency; null where any will do. */
export function alphaDecoderOf({ codec, hasAlphaPicture }: PictureFacts): AlphaDecoder | null {
  if (!hasAlphaPicture) return null;
  return codec === 'vp8' || codec === 'vp9' ? ALPHA_DECODERS[codec] : null;
}
