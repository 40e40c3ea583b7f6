import type { ResponseHead } from './response-head.ts';

/** Where an answer goes: an HTTP response, or whoever called `invoke`. */
export type Reply = {
  /** Whether a head was given; from then on a failure can only be shown by breaking off. */
  readonly started: boolean;
  /** Begins a streamed answer. Once, before `write` and `end`. */
  head(head: ResponseHead): void;
  /** `flushed` is called when the bytes have left: that is the backpressure. */
  write(bytes: Buffer, flushed: () => void): void;
  /** Ends a streamed answer; `flushed` as above. */
  end(flushed: () => void): void;
  /** A whole answer at once. */
  send(head: ResponseHead, body: Buffer | string): void;
  /** Ends a started answer so that the client gets what was written and then sees an error. */
  breakOff(): void;
};

/** Takes the bytes a streaming handler writes. */
export type ResponseSink = {
  /** Once, before the first bytes or the end. */
  begin(contentType: string): void;
  /** Throws InvalidResponse or ResponseTooLarge. */
  write(bytes: Buffer, flushed: () => void): void;
  /** Throws as `write`. */
  end(flushed: () => void): void;
};
