import type { ResponseHead } from './response-head.ts';

/** The destination of a response: an HTTP connection, or the caller of `invoke`. */
export type Reply = {
  /** Whether a head was sent. After that, only `cutOff` can report a failure. */
  readonly started: boolean;
  /** Begins a streamed response. Call it once, before `write` and `end`. */
  head(head: ResponseHead): void;
  /** Calls `flushed` when the bytes have been sent, which provides the backpressure. */
  write(bytes: Buffer, flushed: () => void): void;
  /** Ends a streamed response; `flushed` as above. */
  end(flushed: () => void): void;
  /** Sends a complete response. */
  send(head: ResponseHead, body: Buffer | string): void;
  /** Ends a started response with an error: the client gets the written bytes, then the failure. */
  cutOff(): void;
};

/** Receives the bytes that a streaming handler writes. */
export type ResponseSink = {
  /** Called once, before the first bytes or the end. */
  begin(contentType: string): void;
  /** Throws InvalidResponse or ResponseTooLarge. */
  write(bytes: Buffer, flushed: () => void): void;
  /** Throws like `write`. */
  end(flushed: () => void): void;
};
