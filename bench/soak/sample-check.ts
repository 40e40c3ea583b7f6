import { FRAME_BYTES } from './sound-format.ts';

/** A deviation from the expected samples. */
export type Deviation = { readonly track: string; readonly atSample: number; readonly what: string };

/** The expected samples of a track. */
export type Expected = { readonly name: string; readonly pcm: Buffer };

export type SampleCheck = {
  push(chunk: Buffer): void;
  /** Ends the check. The last track may be incomplete. */
  end(): void;
  /** Number of tracks with all samples compared. */
  tracks(): number;
};

export type SampleCheckOptions = {
  /** Returns the next track when the one before has ended. */
  readonly next: () => Expected;
  readonly onDeviation: (deviation: Deviation) => void;
};

/** Bytes to search for when the position is lost. */
const NEEDLE_BYTES = 4_096;
const NOTHING = Buffer.alloc(0);

/**
 * Compares received audio, track after track, with the expected audio. After a deviation it continues where it finds
 * the sound again, in the same track or the next.
 */
export function createSampleCheck({ next, onDeviation }: SampleCheckOptions): SampleCheck {
  let tracks = 0;
  let expected: Expected | undefined;
  let upcoming: Expected | undefined;
  /** Bytes of the track that matched or were skipped. */
  let at = 0;
  /** Bytes of an incomplete sample. */
  let begun: Buffer = NOTHING;
  /** Bytes received since the position was lost. */
  let strange: Buffer = NOTHING;
  let isTold = false;

  function peek(): Expected {
    upcoming ??= next();
    return upcoming;
  }

  function begin(track: Expected, from: number): void {
    expected = track;
    upcoming = undefined;
    at = from;
  }

  /** Compares whole samples until one differs. Returns the bytes from that one on. */
  function compare(chunk: Buffer): Buffer {
    let rest = chunk;
    while (rest.length > 0) {
      if (expected === undefined) begin(peek(), 0);
      const pcm = expected?.pcm.subarray(at) ?? NOTHING;
      const same = equalBytes(pcm, rest);
      at += same;
      rest = rest.subarray(same);
      if (same < pcm.length) return rest;
      expected = undefined;
      tracks += 1;
    }
    return NOTHING;
  }

  function tell(what: string): void {
    if (!isTold && expected !== undefined) onDeviation({ track: expected.name, atSample: at / FRAME_BYTES, what });
    isTold = true;
  }

  /** Tries to find the position again. */
  function relocate(): boolean {
    if (expected === undefined) return true;
    const needle = strange.subarray(0, NEEDLE_BYTES);
    const here = nearest(expected.pcm, needle, at);
    if (here !== undefined) {
      const samples = (here - at) / FRAME_BYTES;
      tell(samples < 0 ? `${-samples} samples repeated` : `${samples} samples lost`);
      at = here;
      return true;
    }
    const there = nearest(peek().pcm, needle, 0);
    if (there === undefined) return false;
    tell(`cut ${(expected.pcm.length - at) / FRAME_BYTES} samples before its end`);
    begin(peek(), there);
    return true;
  }

  return {
    tracks: () => tracks,
    push(chunk) {
      const bytes = Buffer.concat([begun, chunk]);
      const whole = bytes.length - (bytes.length % FRAME_BYTES);
      begun = bytes.subarray(whole);
      const samples = bytes.subarray(0, whole);
      strange = strange.length === 0 ? compare(samples) : Buffer.concat([strange, samples]);
      while (strange.length >= NEEDLE_BYTES) {
        if (relocate()) {
          isTold = false;
          strange = compare(strange);
        } else {
          tell('different sound');
          strange = strange.subarray(NEEDLE_BYTES);
        }
      }
    },
    end() {
      if (strange.length > 0) tell('different sound at the end');
    },
  };
}

/** Returns the number of equal bytes from the beginning, in whole samples. */
function equalBytes(one: Buffer, other: Buffer): number {
  const length = Math.min(one.length, other.length);
  if (one.subarray(0, length).equals(other.subarray(0, length))) return length;
  let same = 0;
  while (one[same] === other[same]) same += 1;
  return same - (same % FRAME_BYTES);
}

/** Returns the position of `needle` on a whole sample that is nearest to `at`. */
function nearest(pcm: Buffer, needle: Buffer, at: number): number | undefined {
  const places: number[] = [];
  for (let found = pcm.indexOf(needle); found >= 0; found = pcm.indexOf(needle, found + 1)) {
    if (found % FRAME_BYTES === 0) places.push(found);
  }
  return places.toSorted((one, other) => Math.abs(one - at) - Math.abs(other - at))[0];
}
