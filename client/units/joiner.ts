/**
 * Makes one stream of several: each encoder's bytes go in, whole units come out. A unit is what a decoder takes at
 * once: a sample of each channel (PCM), a frame (AAC), a packet (Opus).
 */
export type Joiner = {
  /** Units that have been given. */
  given(): number;
  /** What has come ends with a whole unit. */
  isWhole(): boolean;
  /** The stream itself has said that this was its end. */
  isComplete(): boolean;
  /** Another encoder's stream begins, whose first units are dropped: they were given already, or only lead up to the rest. */
  begin(leg: { readonly atUnit: number; readonly drop: number }): void;
  /** Takes what the encoder gives. Throws an Error when it is no such stream. */
  push(chunk: Buffer): Buffer;
  /** The encoder has come to its end, and so has the stream: what closes it. */
  end(): Buffer;
};

/** Of a stream that is no stream of this kind. */
export function notOf(kind: string): Error {
  return new Error(`that is no ${kind}`);
}
