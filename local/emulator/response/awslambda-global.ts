/** The data that `streamifyResponse` records about a handler. */
export type StreamingMark = {
  /** Unsent bytes at which `write` returns false; undefined for the stream's own default. */
  readonly highWaterMark: number | undefined;
};

/** The part of the response stream that HttpResponseStream uses. */
export type PreludeCarrier = {
  setContentType(contentType: string): void;
  _onBeforeFirstWrite?: ((write: (bytes: string | Uint8Array) => unknown) => void) | undefined;
};

/** The content type of a stream that starts with a prelude: JSON (status, headers, cookies), then 8 NUL bytes. */
export const HTTP_INTEGRATION_TYPE = 'application/vnd.awslambda.http-integration-response';
export const PRELUDE_DELIMITER: Uint8Array = new Uint8Array(8);

// The marks of the official runtime interface client, which some code reads.
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const RESPONSE_MODE = 'response';

/**
 * Installs the runtime's global `awslambda`, with `streamifyResponse` and `HttpResponseStream`. Call it before handlers
 * are imported. Further calls have no effect.
 */
export function installAwsLambdaGlobal(): void {
  const holder = globalThis as unknown as { awslambda?: Record<string, unknown> };
  if (holder.awslambda?.['streamifyResponse'] === streamifyResponse) return;
  holder.awslambda = { ...holder.awslambda, streamifyResponse, HttpResponseStream };
}

/** Returns how a handler streams, or undefined for one that returns its response. Throws for an unknown mode. */
export function streamingMark(handler: object): StreamingMark | undefined {
  const marks = handler as Record<symbol, unknown>;
  if (!marks[STREAMING]) return undefined;
  if (marks[STREAMING] !== RESPONSE_MODE) throw new Error('Only response streaming is supported.');
  const highWaterMark = Number(marks[HIGH_WATER_MARK] || Number.NaN);
  return { highWaterMark: Number.isNaN(highWaterMark) ? undefined : highWaterMark };
}

function streamifyResponse<Handler extends object>(handler: Handler, options?: { highWaterMark?: number }): Handler {
  const marks = handler as Record<symbol, unknown>;
  marks[STREAMING] = RESPONSE_MODE;
  if (typeof options?.highWaterMark === 'number') marks[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
  return handler;
}

const HttpResponseStream = {
  /** Sends the prelude with the first write: a stream that ends without a write loses status and headers. */
  from<Stream extends PreludeCarrier>(stream: Stream, prelude: unknown): Stream {
    stream.setContentType(HTTP_INTEGRATION_TYPE);
    const json = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(json);
      write(PRELUDE_DELIMITER);
    };
    return stream;
  },
};
