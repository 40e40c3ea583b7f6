/**
 * Makes one stream of several: each encoder's bytes go in, whole units come out. A unit is what a decoder takes at
 * once: a sample of each channel (PCM), a frame (AAC), a packet (Opus).
 */
export type Joiner = {
  /** Units given so far. */
  given(): number;
  /** Whether the input so far ends with a whole unit. */
  isWhole(): boolean;
  /** Whether the stream has marked its end. */
  isComplete(): boolean;
  /** Begins another encoder's stream and drops its first units: they were given already, or only lead up to the rest. */
  begin(leg: { readonly atUnit: number; readonly drop: number }): void;
  /** Takes the encoder's bytes, and returns whole units. Throws an Error for a stream of another kind. */
  push(chunk: Buffer): Buffer;
  /** Returns what closes the stream after its last encoder's end. */
  end(): Buffer;
};

/** For a stream of another kind. */
export function notOf(kind: string): Error {
  return new Error(`that is no ${kind}`);
}
