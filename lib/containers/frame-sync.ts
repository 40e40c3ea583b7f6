import type { Container } from './audio-demuxers.ts';
import {
  FRAME_HEADER_BYTES,
  type FrameParser,
  parseAc3Frame,
  parseAdtsFrame,
  parseEac3Frame,
  parseMpegAudioFrame,
} from './frame-headers.ts';

export type FrameMatch =
  | { readonly kind: 'found'; readonly container: Container }
  | { readonly kind: 'none' }
  | { readonly kind: 'need_more'; readonly bytes: number };

/** At the start, a second header at the expected offset is proof enough. A search through junk needs more headers. */
const FRAMES_AT_START = 2;
const FRAMES_ELSEWHERE = 4;

type Framed = { readonly container: Container; readonly parse: FrameParser };

/** Streams whose frames begin with the byte 0xff. */
const SEARCHED: readonly Framed[] = [
  { container: 'mp3', parse: parseMpegAudioFrame },
  { container: 'adts', parse: parseAdtsFrame },
];

const FRAMED: readonly Framed[] = [
  ...SEARCHED,
  { container: 'ac3', parse: parseAc3Frame },
  { container: 'eac3', parse: parseEac3Frame },
];

const NONE: FrameMatch = { kind: 'none' };

/** Returns whether `prefix` begins with frames of an audio stream without a file header, or with MPEG-TS packets. */
export function framesAtStart(prefix: Buffer, ended: boolean): FrameMatch {
  let needed = 0;
  for (const { container, parse } of FRAMED) {
    const run = followFrames(prefix, 0, { parse, frames: FRAMES_AT_START });
    if (run.kind === 'complete') return { kind: 'found', container };
    if (run.kind === 'cut') needed = Math.max(needed, run.bytes);
  }
  const packets = packetsAtStart(prefix, ended);
  if (packets.kind !== 'none') return packets;
  return needed > 0 && !ended ? { kind: 'need_more', bytes: needed } : NONE;
}

/** Searches for frames at any offset, as in a recording that was cut at an arbitrary point. */
export function framesAnywhere(prefix: Buffer): FrameMatch {
  for (let offset = 0; offset + FRAME_HEADER_BYTES <= prefix.length; offset += 1) {
    if (prefix[offset] !== 0xff) continue;
    for (const { container, parse } of SEARCHED) {
      const run = followFrames(prefix, offset, { parse, frames: FRAMES_ELSEWHERE });
      if (run.kind === 'complete') return { kind: 'found', container };
    }
  }
  return NONE;
}

type Run = { kind: 'complete' } | { kind: 'broken' } | { kind: 'cut'; bytes: number };

/** Follows `frames` frames from `start` by their lengths. `cut`: the prefix is too short, `bytes` are needed. */
function followFrames(prefix: Buffer, start: number, wanted: { parse: FrameParser; frames: number }): Run {
  let offset = start;
  let constants: number | undefined;
  for (let seen = 0; seen < wanted.frames; seen += 1) {
    if (offset + FRAME_HEADER_BYTES > prefix.length) return { kind: 'cut', bytes: offset + FRAME_HEADER_BYTES };
    const frame = wanted.parse(prefix, offset);
    if (!frame || (constants ?? frame.constants) !== frame.constants) return { kind: 'broken' };
    constants = frame.constants;
    offset += frame.bytes;
  }
  return { kind: 'complete' };
}

/** ISO/IEC 13818-1 packets of 188 bytes, or of 192 bytes with a timestamp before each. */
const PACKETS = [
  { size: 188, sync: 0 },
  { size: 192, sync: 4 },
] as const;
const PACKETS_AT_START = 5;

function packetsAtStart(prefix: Buffer, ended: boolean): FrameMatch {
  for (const { size, sync } of PACKETS) {
    const positions = Array.from({ length: PACKETS_AT_START }, (_, index) => sync + index * size);
    const present = positions.filter((position) => position < prefix.length);
    if (present.length === 0 || present.some((position) => prefix[position] !== 0x47)) continue;
    if (present.length === positions.length) return { kind: 'found', container: 'mpegts' };
    if (!ended) return { kind: 'need_more', bytes: (positions.at(-1) ?? 0) + 1 };
  }
  return NONE;
}
