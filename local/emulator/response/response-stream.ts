import { Writable } from 'node:stream';
import type { PreludeCarrier } from './awslambda-global.ts';
import { DEFAULT_STREAM_TYPE } from './prelude.ts';
import type { ResponseSink } from './reply.ts';

/** The runtime's error for a stream that is used in the wrong order. */
export class InvalidStreamingOperation extends Error {
  override readonly name = 'InvalidStreamingOperation';
}

/** Bytes; Node.js' default for streams. */
const DEFAULT_HIGH_WATER_MARK = 64 * 1024;

type WriteCallback = (error?: Error | null) => void;

/**
 * The stream that a streaming handler writes to. It behaves as that of the official runtime interface client.
 *
 * Bytes go to the sink at once and are counted until the sink reports that they have left: over the high water mark
 * `write` returns false, and `drain` follows. Nothing waits in the stream, so that destroying it, as `pipeline` does
 * when its source fails, loses nothing that was already written.
 */
export class ResponseStream extends Writable implements PreludeCarrier {
  /** Called with a raw `write` before the first write, and only then: `HttpResponseStream.from` sets it. */
  _onBeforeFirstWrite: ((write: (bytes: string | Uint8Array) => unknown) => void) | undefined;

  readonly #sink: ResponseSink;
  readonly #highWaterMark: number;
  #contentType = DEFAULT_STREAM_TYPE;
  #begun = false;
  #written = false;
  #waitingBytes = 0;
  #needDrain = false;
  #nextCallback: WriteCallback | undefined;

  // Here, because the types declare as properties what Node.js defines as accessors.
  static {
    Object.defineProperties(ResponseStream.prototype, {
      writableLength: accessor((stream) => stream.#waitingBytes),
      writableHighWaterMark: accessor((stream) => stream.#highWaterMark),
      writableNeedDrain: accessor((stream) => stream.#needDrain && !stream.destroyed && !stream.writableEnded),
    });
  }

  constructor(sink: ResponseSink, highWaterMark: number = DEFAULT_HIGH_WATER_MARK) {
    super({ highWaterMark: Number.MAX_SAFE_INTEGER });
    this.#sink = sink;
    this.#highWaterMark = highWaterMark;
    // Without a listener of the handler's own, a client that leaves would end the process.
    this.on('error', ignore);
  }

  /** Throws InvalidStreamingOperation after the first write. */
  setContentType(contentType: string): void {
    if (this.#written) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    this.#contentType = contentType;
  }

  /** Takes strings and bytes; anything else is written as JSON. */
  override write(chunk: unknown, encodingOrCallback?: BufferEncoding | WriteCallback, given?: WriteCallback): boolean {
    const encoding = typeof encodingOrCallback === 'string' ? encodingOrCallback : 'utf8';
    const callback = typeof encodingOrCallback === 'function' ? encodingOrCallback : given;
    const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk);
    if (!this.#written) {
      this.#written = true;
      this._onBeforeFirstWrite?.((prelude) => super.write(prelude));
    }
    if (callback && this.#passesThrough()) {
      this.#nextCallback = callback;
      super.write(bytes, encoding);
    } else {
      super.write(bytes, encoding, callback);
    }
    this.#needDrain ||= this.#waitingBytes >= this.#highWaterMark;
    // A failed stream is destroyed a tick later; a loop that writes while it may has to stop now.
    return !this.#needDrain && !this.destroyed && this.errored === null;
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, accepted: WriteCallback): void {
    const callback = this.#nextCallback;
    this.#nextCallback = undefined;
    this.#begin();
    this.#waitingBytes += bytes.length;
    try {
      this.#sink.write(bytes, () => this.#flushed(bytes.length, callback));
    } catch (error) {
      callback?.(error as Error);
      accepted(error as Error);
      return;
    }
    accepted();
  }

  override _final(finished: WriteCallback): void {
    this.#begin();
    try {
      this.#sink.end(finished);
    } catch (error) {
      finished(error as Error);
    }
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#sink.begin(this.#contentType);
  }

  #flushed(byteCount: number, callback: WriteCallback | undefined): void {
    this.#waitingBytes -= byteCount;
    callback?.();
    if (!this.#needDrain || this.#waitingBytes >= this.#highWaterMark || this.destroyed) return;
    this.#needDrain = false;
    this.emit('drain');
  }

  /** Whether the next write reaches `_write` before it returns, so that its callback can wait for the bytes to leave. */
  #passesThrough(): boolean {
    return this.writableCorked === 0 && !this.destroyed && !this.writableEnded;
  }
}

function accessor(get: (stream: ResponseStream) => unknown): PropertyDescriptor & ThisType<ResponseStream> {
  return {
    configurable: true,
    get() {
      return get(this);
    },
  };
}

function ignore(): void {}
