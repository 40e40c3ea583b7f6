import type { Position } from '#lib/jobs/spec/vocabulary.ts';
import type { PipLook } from './planned-pip.ts';
import { evenBelow, evenNear, type Size } from './sizes.ts';

/** A picture in the picture in pixels of an output. Position and size are even, as the colours of 4:2:0 need it. */
export type PipBox = Size & {
  readonly x: number;
  readonly y: number;
  /** The picture lies this far inside: even, and at most as far as the border reaches. */
  readonly inset: number;
  readonly border: number;
  readonly radius: number;
  /** Whether the picture is cut to fill the frame. */
  readonly isFilled: boolean;
  /** Whether it would have been larger than the frame. */
  readonly isShrunk: boolean;
};

export type BoxOptions = {
  /** The picture that is shown: upright, with square pixels. */
  readonly picture: Size;
  /** The output. `unit`: size of a pixel of the request in it, where that is not 1. */
  readonly frame: Size & { readonly unit?: number };
};

const DEFAULT_WIDTH = 0.3;
const DEFAULT_MARGIN = 0.02;

/** Returns where a picture lies in an output, and how large it is there. */
export function pipBox(look: PipLook, { picture, frame }: BoxOptions): PipBox {
  const scale = frame.unit ?? 1;
  /** Up to 1 a share of a side. */
  const along = (value: number, side: number): number => (value <= 1 ? value * side : value * scale);
  /** Below 1 a share: a single pixel is possible. */
  const across = (value: number, side: number): number => (value < 1 ? value * side : value * scale);

  const { border: edge, x, y, height } = look;
  const width = look.width ?? (height === undefined ? DEFAULT_WIDTH : undefined);
  const asked = {
    width: width === undefined ? undefined : along(width, frame.width),
    height: height === undefined ? undefined : along(height, frame.height),
  };
  const wanted = Math.round(across(edge?.width ?? 0, frame.width));
  const { border, isShrunk, ...size } = sized(asked, { picture, frame, border: wanted });
  const shortest = Math.min(size.width, size.height);
  const radius = Math.min(shortest / 2, across(edge?.radius ?? 0, shortest));
  const margin = across(look.margin ?? DEFAULT_MARGIN, frame.width);
  const [left, top] = PLACES[look.position];
  return {
    ...{ ...size, border, inset: 2 * Math.floor(border / 2), radius, isShrunk },
    isFilled: width !== undefined && height !== undefined,
    x: even(x === undefined ? margin + left * (frame.width - 2 * margin - size.width) : along(x, frame.width)),
    y: even(y === undefined ? margin + top * (frame.height - 2 * margin - size.height) : along(y, frame.height)),
  };
}

/** Share of the free space that lies left of it, and above it. */
const PLACES: Readonly<Record<Position, readonly [left: number, top: number]>> = {
  ...{ 'top-left': [0, 0], top: [0.5, 0], 'top-right': [1, 0] },
  ...{ left: [0, 0.5], center: [0.5, 0.5], right: [1, 0.5] },
  ...{ 'bottom-left': [0, 1], bottom: [0.5, 1], 'bottom-right': [1, 1] },
};

function even(value: number): number {
  return 2 * Math.round(value / 2);
}

type Asked = { readonly width: number | undefined; readonly height: number | undefined };
type SizeOptions = Pick<BoxOptions, 'picture' | 'frame'> & { readonly border: number };

/** A missing side follows from the shape of the picture inside the border. Nothing is larger than the frame. */
function sized(asked: Asked, { picture, frame, border: wanted }: SizeOptions) {
  const most = { width: evenBelow(frame.width), height: evenBelow(frame.height) };
  const shortest = Math.min(asked.width ?? most.width, asked.height ?? most.height, most.width, most.height);
  const border = Math.max(0, Math.min(wanted, Math.floor(shortest / 4)));
  const around = 4 * Math.floor(border / 2);
  const shape = picture.width / picture.height;
  const widthOf = (height: number): number => around + evenNear((height - around) * shape);
  const heightOf = (width: number): number => around + evenNear((width - around) / shape);
  const width = evenNear(asked.width ?? widthOf(evenNear(asked.height ?? most.height)));
  const height = evenNear(asked.height ?? heightOf(width));
  const isShrunk = width > most.width || height > most.height;
  if (!isShrunk) return { width, height, border, isShrunk };
  if (asked.width !== undefined && asked.height !== undefined) {
    return { width: Math.min(width, most.width), height: Math.min(height, most.height), border, isShrunk };
  }
  const isWide = width / most.width > height / most.height;
  const fitted = isWide ? { ...most, height: heightOf(most.width) } : { ...most, width: widthOf(most.height) };
  return { width: Math.min(fitted.width, most.width), height: Math.min(fitted.height, most.height), border, isShrunk };
}
