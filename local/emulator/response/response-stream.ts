import { Writable } from 'node:stream';
import type { PreludeCarrier } from './awslambda-global.ts';
import { DEFAULT_STREAM_TYPE } from './prelude.ts';
import type { ResponseSink } from './reply.ts';

/** The runtime's error for a stream that is used in the wrong order. */
export class InvalidStreamingOperation extends Error {
  override readonly name = 'InvalidStreamingOperation';
}

/** Bytes; the default of Node.js streams. */
const DEFAULT_HIGH_WATER_MARK = 64 * 1024;

type WriteCallback = (error?: Error | null) => void;

/**
 * The stream that a streaming handler writes to. It behaves like that of the official runtime interface client.
 *
 * Bytes go to the sink at once and are counted until the sink reports them as sent. Over the high water mark, `write`
 * returns false, and `drain` follows. The stream buffers nothing, so destroying it, as `pipeline` does when its source
 * fails, loses no written bytes.
 */
export class ResponseStream extends Writable implements PreludeCarrier {
  /** Called once with a raw `write`, before the first write. `HttpResponseStream.from` sets it. */
  _onBeforeFirstWrite: ((write: (bytes: string | Uint8Array) => unknown) => void) | undefined;

  readonly #sink: ResponseSink;
  readonly #highWaterMark: number;
  #contentType = DEFAULT_STREAM_TYPE;
  #begun = false;
  #written = false;
  #waitingBytes = 0;
  #needDrain = false;
  #nextCallback: WriteCallback | undefined;

  // Defined here, because the types declare these as properties, but Node.js defines them as accessors.
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
    // Without any listener, a client that disconnects would end the process.
    this.on('error', ignore);
  }

  /** Throws InvalidStreamingOperation after the first write. */
  setContentType(contentType: string): void {
    if (this.#written) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    this.#contentType = contentType;
  }

  /** Writes strings and bytes as they are, and anything else as JSON. */
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
    // A failed stream is destroyed a tick later, but a loop that writes while it can must stop now.
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

  /** Whether the next write reaches `_write` before it returns, so that its callback can wait until bytes are sent. */
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
