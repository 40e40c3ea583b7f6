import type { Damage, DamagePlans, WrittenNumber } from './damage-plans.ts';

/** The part of a file that holds headers. */
const HEAD_BYTES = 600;
const LARGEST_BYTES = 4 << 20;

/** Bytes to put before a file. The sizes in them are wrong. */
const PREFIXES: readonly Buffer[] = [
  ...[
    'ID3\x04\x00\x00\x7f\x7f\x7f\x7f',
    'ID3\x03\x00\x40\x00\x00\x00\x05\xff\xff\xff\xff',
    'ID3\x02\x00\x00\x00\x00\x00\x00',
  ],
  ...[
    'APETAGEX\xd0\x07\x00\x00\xff\xff\xff\xff',
    '#EXTM3U\nfile:///etc/passwd\n',
    'ffconcat version 1.0\nfile /etc/passwd\n',
  ],
  ...['\xff\xfb\x90\x00', '\xff', '\x00', '\x47'],
].map((text) => Buffer.from(text, 'latin1'));

/** Returns a copy of a file with one damage. `others` are files to splice with. Never over 4 MiB. */
export function damaged(file: Buffer, damage: Damage, others: readonly Buffer[]): Buffer {
  if (file.length === 0) return file;
  const apply = APPLY[damage.what] as Apply<Damage>;
  return apply(Buffer.from(file), damage, others).subarray(0, LARGEST_BYTES);
}

/** May change its input. */
type Apply<Told> = (bytes: Buffer, told: Told, others: readonly Buffer[]) => Buffer;

const APPLY: { readonly [What in keyof DamagePlans]: Apply<DamagePlans[What]> } = {
  bits(bytes, { at, inHead }) {
    for (const [index, position] of at.entries()) {
      const place = placeIn(bytes, position, inHead);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << (index % 8));
    }
    return bytes;
  },
  bytes(bytes, { at, byte, inHead }) {
    for (const position of at) bytes[placeIn(bytes, position, inHead)] = byte;
    return bytes;
  },
  number: (bytes, { at, ...number }) => written(bytes, placeIn(bytes, at, true), number),
  size(bytes, { which, offset, ...number }) {
    const names = namesIn(bytes);
    return written(bytes, (names[which % Math.max(1, names.length)] ?? 0) + offset, number);
  },
  cut: (bytes, { at }) => bytes.subarray(0, placeIn(bytes, at)),
  beheaded: (bytes, { at }) => bytes.subarray(placeIn(bytes, at)),
  repeated(bytes, { at, length, times }) {
    const from = placeIn(bytes, at);
    const block = bytes.subarray(from, from + length);
    return Buffer.concat([bytes.subarray(0, from), ...Array<Buffer>(times).fill(block), bytes.subarray(from)]);
  },
  removed(bytes, { at, length }) {
    const from = placeIn(bytes, at);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
  },
  zeroed(bytes, { at, length }) {
    const from = placeIn(bytes, at);
    return bytes.fill(0, from, Math.min(bytes.length, from + length));
  },
  shuffled(bytes, { block, order }) {
    const count = Math.ceil(bytes.length / block);
    // A fixed permutation: each position is multiplied by an odd number.
    const key = (place: number): number => Math.imul(place + 1, (order * 2 + 0x9e37_79b1) | 1) >>> 0;
    const places = Array.from({ length: count }, (_, place) => place).toSorted((one, other) => key(one) - key(other));
    return Buffer.concat(places.map((place) => bytes.subarray(place * block, (place + 1) * block)));
  },
  spliced(bytes, { other, at, from }, others) {
    const second = others[other % Math.max(1, others.length)] ?? bytes;
    return Buffer.concat([bytes.subarray(0, placeIn(bytes, at)), second.subarray(placeIn(second, from))]);
  },
  inserted(bytes, { other, at, from }, others) {
    const second = others[other % Math.max(1, others.length)] ?? bytes;
    const [place, begin] = [placeIn(bytes, at), placeIn(second, from)];
    return Buffer.concat([bytes.subarray(0, place), second.subarray(begin, begin + 2_000), bytes.subarray(place)]);
  },
  prefixed(bytes, { prefix, length }) {
    const start = PREFIXES[prefix % PREFIXES.length] ?? Buffer.alloc(0);
    return Buffer.concat([start, Buffer.alloc(length, start.length === 1 ? start : 0), bytes]);
  },
};

function placeIn(bytes: Buffer, position: number, inHead = false): number {
  const range = inHead ? Math.min(HEAD_BYTES, bytes.length) : bytes.length;
  return Math.max(0, Math.min(bytes.length - 1, Math.floor(position * range)));
}

/** Returns positions of possible names of boxes or chunks, next to their sizes; first and last parts only. */
function namesIn(bytes: Buffer): number[] {
  const tailAt = Math.max(0, bytes.length - (8 << 10));
  const found = (part: Buffer, start: number): number[] =>
    [...part.toString('latin1').matchAll(/[A-Za-z][A-Za-z0-9]{2}[A-Za-z0-9 ]/g)].map(({ index }) => index + start);
  return [...found(bytes.subarray(0, 2 << 10), 0), ...found(bytes.subarray(tailAt), tailAt)].slice(0, 400);
}

function written(bytes: Buffer, at: number, { value, width, little }: WrittenNumber): Buffer {
  for (let index = 0; index < width; index += 1) {
    const place = at + (little ? index : width - 1 - index);
    if (place >= 0 && place < bytes.length) bytes[place] = Number((value >> BigInt(8 * index)) & 0xffn);
  }
  return bytes;
}
