import { BOX_HEADER, mp4BoxAt } from './mp4-boxes.ts';

/** Whether an MP4 or QuickTime file has its index, `moov`, before or after its media. */
export type Mp4Layout =
  | { readonly kind: 'mp4'; readonly index: 'first' | 'last' }
  | { readonly kind: 'image' }
  | { readonly kind: 'not_mp4' }
  | { readonly kind: 'need_more'; readonly bytes: number };

/** The boxes that decide, and where the index is if they come first. A fragment (`moof`) has its own index. */
const DECISIVE: Readonly<Record<string, 'first' | 'last'>> = { moov: 'first', moof: 'first', mdat: 'last' };

/** Boxes that may precede those. */
const SKIPPED: ReadonlySet<string> = new Set(
  'ftyp free skip wide uuid pnot PICT pdin styp sidx ssix prft emsg meta udta'.split(' '),
);

/** Major brands of ISO/IEC 23008-12 images, whose boxes are those of MP4. */
const IMAGE_BRANDS = new Set(['heic', 'heix', 'heif', 'mif1', 'msf1', 'avif', 'avis']);

/** Limits of the walk over leading boxes. Beyond them the index is assumed to be last, which works for either order. */
const WALK_LIMIT_BYTES = 1024 * 1024;
const WALK_LIMIT_BOXES = 32;

/** Walks the top-level boxes of `prefix`. `ended` means that `prefix` is the whole file. */
export function mp4Layout(prefix: Buffer, ended: boolean): Mp4Layout {
  const first = prefix.length < BOX_HEADER.bytes ? undefined : mp4BoxAt(prefix, 0);
  if (!first || !isKnown(first.type) || (first.bytes < BOX_HEADER.bytes && first.bytes !== 0))
    return { kind: 'not_mp4' };
  if (first.type === 'ftyp' && IMAGE_BRANDS.has(prefix.toString('latin1', 8, 12))) return { kind: 'image' };
  let offset = 0;
  for (let boxes = 0; boxes < WALK_LIMIT_BOXES; boxes += 1) {
    const needed = offset + BOX_HEADER.largeBytes;
    if (needed > WALK_LIMIT_BYTES) break;
    if (prefix.length < needed && !ended) return { kind: 'need_more', bytes: needed };
    if (prefix.length < offset + BOX_HEADER.bytes) break;
    const { type, bytes } = mp4BoxAt(prefix, offset);
    const index = DECISIVE[type];
    if (index) return { kind: 'mp4', index };
    if (bytes < BOX_HEADER.bytes) break;
    offset += bytes;
  }
  return { kind: 'mp4', index: 'last' };
}

function isKnown(type: string): boolean {
  return DECISIVE[type] !== undefined || SKIPPED.has(type);
}
