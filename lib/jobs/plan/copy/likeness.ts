import type { PictureFacts, Ratio } from '#lib/jobs/media/facts.ts';

/** Something in which pictures must agree, or be usual, to be copied: its name, and its value in words. */
type Trait = { readonly name: string; readonly of: (picture: PictureFacts) => string };

/** A copied stream has one set of parameters: a decoder gets those of the first clip. */
const SHARED: readonly Trait[] = [
  { name: 'codec', of: ({ codec }) => codec },
  { name: 'profile', of: ({ profile }) => profile ?? 'none' },
  { name: 'size', of: ({ width, height }) => `${width}x${height}` },
  { name: 'pixel aspect ratio', of: ({ pixelAspect }) => String(pixelAspect) },
  { name: 'rotation', of: ({ rotation }) => String(rotation) },
  { name: 'pixel format', of: ({ pixelFormat }) => pixelFormat ?? 'unknown' },
  { name: 'colours', of: ({ color }) => Object.values(color).map(String).join(' ') },
  { name: 'field order', of: ({ fieldOrder }) => fieldOrder ?? 'unknown' },
  { name: 'frame rate', of: ({ exactRate }) => fraction(exactRate) },
  { name: 'time base', of: ({ timeBase }) => fraction(timeBase) },
];

/** Returns in what two clips differ, in words; undefined when one decoder can read them as one stream. */
export function difference(first: PictureFacts, other: PictureFacts): string | undefined {
  const trait = SHARED.find(({ of }) => of(first) !== of(other));
  if (trait !== undefined) return `another ${trait.name} (${trait.of(other)}, not ${trait.of(first)})`;
  return first.extradata === other.extradata ? undefined : 'other decoder parameters';
}

function fraction(ratio: Ratio | null): string {
  return ratio === null ? 'unknown' : `${ratio.num}/${ratio.den}`;
}

/** What a result promises of its picture, and what an input has instead. */
const PROMISED: readonly (Trait & { readonly usual: RegExp })[] = [
  { name: 'its pixels are', of: ({ pixelFormat }) => pixelFormat ?? 'unknown', usual: /^yuv420p$/ },
  { name: 'its pixel aspect ratio is', of: ({ pixelAspect }) => String(pixelAspect), usual: /^1$/ },
  { name: 'it is rotated by', of: ({ rotation }) => String(rotation), usual: /^0$/ },
  { name: 'its light is', of: ({ color }) => color.transfer ?? 'sdr', usual: /^(?!smpte2084|arib-std-b67)/ },
  { name: 'its fields are', of: ({ fieldOrder }) => fieldOrder ?? 'unknown', usual: /^(?:progressive|unknown)$/ },
];

/** Returns what makes a picture unlike what results promise: upright, square pixels, yuv420p, one frame at a time. */
export function unusual(picture: PictureFacts): string | undefined {
  const trait = PROMISED.find(({ of, usual }) => !usual.test(of(picture)));
  return trait && `${trait.name} ${trait.of(picture)}`;
}
