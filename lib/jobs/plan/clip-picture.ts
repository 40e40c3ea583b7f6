import type { AlphaDecoder } from '#lib/jobs/media/alpha-decoders.ts';

/** The picture of a clip: a stream of its input and what has to be made even. */
export type ClipPicture = {
  readonly stream: number;
  /** Size with square pixels and upright. */
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
  /** Whether the colours are already those of results: BT.709 in the range of television. */
  readonly isBt709: boolean;
  /** Whether parts of it may be transparent: behind them is black. */
  readonly hasAlpha: boolean;
  /** The decoder that reads its transparency; null where the usual one does. */
  readonly decoder: AlphaDecoder | null;
  /** Size of its frames, upright. */
  readonly coded: { readonly width: number; readonly height: number };
  /** Whether its frames have two fields each, which have to become one picture. */
  readonly isInterlaced: boolean;
  readonly light: 'sdr' | 'pq' | 'hlg';
  /** Whether it is one frame, which is shown for the whole time. */
  readonly isStill: boolean;
  /** Frames at the end that the input does not have, as far as that is known. */
  readonly missing: number;
  /** Frames that a decoder may leave out at the end of the input. */
  readonly slack: number;
  /** Most frames that may be added at the end. An undamaged picture never needs more. */
  readonly padding: number;
};
