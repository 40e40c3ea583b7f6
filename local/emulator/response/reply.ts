import type { ResponseHead } from './response-head.ts';

/** Where an answer goes: into an HTTP response, or to the caller of `invoke`. */
export type Reply = {
  /** Whether a head was sent; from then on only `cutOff` can report a failure. */
  readonly started: boolean;
  /** Begins a streamed answer. Once, before `write` and `end`. */
  head(head: ResponseHead): void;
  /** `flushed` is called when the bytes have left: that is the backpressure. */
  write(bytes: Buffer, flushed: () => void): void;
  /** Ends a streamed answer; `flushed` as above. */
  end(flushed: () => void): void;
  /** Sends a complete answer. */
  send(head: ResponseHead, body: Buffer | string): void;
  /** Ends a started answer with an error: the client gets what was written, then sees the failure. */
  cutOff(): void;
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
