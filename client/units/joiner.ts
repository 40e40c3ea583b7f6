/**
 * Joins the output of several encoders into one stream of whole units. A unit is the smallest piece that a decoder
 * accepts: a sample of each channel (PCM), a frame (AAC), a packet (Opus).
 */
export type Joiner = {
  /** Units returned so far. */
  given(): number;
  /** Whether the input so far ends with a whole unit. */
  isWhole(): boolean;
  /** Whether the stream has signalled its end. */
  isComplete(): boolean;
  /** Starts the next encoder's stream and drops its first units, which were returned before or lead up to the rest. */
  begin(leg: { readonly atUnit: number; readonly drop: number }): void;
  /** Takes bytes of the encoder and returns whole units. Throws an Error for another format. */
  push(chunk: Buffer): Buffer;
  /** Returns the bytes that close the stream after the last encoder. */
  end(): Buffer;
};

/** The error for a stream in another format. */
export function notOf(kind: string): Error {
  return new Error(`the stream is not ${kind}`);
}
