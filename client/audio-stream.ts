import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { FilterPatch, Filters } from '#lib/playback/settings.ts';
import type { Via } from './legs/leg.ts';
import type { TrackEvent } from './playlist.ts';
import type { Continuous } from './stream/continuous.ts';
import type { FilterChange, StreamEvent } from './stream/events.ts';
import type { ReaderWait } from './stream/reader-wait.ts';

export type AudioStreamEvents = {
  /** The leg that makes it from here on. */
  leg: [Extract<StreamEvent, { type: 'leg' }>];
  /** A leg was cut, or could not begin. */
  broken: [Extract<StreamEvent, { type: 'broken' }>];
  /** Of a playlist. */
  track: [Extract<TrackEvent, { type: 'track' }>];
  skipped: [Extract<TrackEvent, { type: 'skipped' }>];
};

export type AudioStreamParts = {
  readonly id: string;
  readonly continuous: Continuous;
  readonly audio: AsyncGenerator<Buffer>;
  /** The first bytes of the audio, read already; undefined when there are none. */
  readonly first: Buffer | undefined;
  readonly abort: AbortController;
  readonly reader: ReaderWait;
};

/** Bytes that are buffered for a reader that does not read. */
const HELD_BYTES = 65_536;

/**
 * Audio that continues when the service fails. It ends when it is complete. When neither the service nor the fallback can
 * continue it, it is destroyed with an error that has a `code` and is `recoverable` or not. To stop it, destroy it.
 */
export class AudioStream extends Readable {
  /** Its id in this client; also in the service, if the service made its first leg. */
  readonly id: string;
  /** What happens to it while it plays. */
  readonly events = new EventEmitter<AudioStreamEvents>();
  readonly #parts: AudioStreamParts;
  #pulling = false;

  constructor(parts: AudioStreamParts) {
    super({ highWaterMark: HELD_BYTES });
    this.id = parts.id;
    this.#parts = parts;
    parts.reader.has();
    if (parts.first === undefined) this.push(null);
    else if (parts.first.length > 0) this.push(parts.first);
  }

  /** What makes it now, or did last. */
  get via(): Via {
    return this.#parts.continuous.leg().via;
  }

  get filters(): Filters {
    return this.#parts.continuous.filters();
  }

  /** In the source, as far as audio has been read. */
  get positionSeconds(): number {
    return this.#parts.continuous.positionSeconds();
  }

  /** Changes what the request allows (`adjust`) of a live stream, whatever makes it. */
  setFilters(patch: FilterPatch): Promise<FilterChange> {
    return this.#parts.continuous.setFilters(patch);
  }

  /** A reader that gets no audio waits. */
  override read(size?: number): Buffer | null {
    const chunk: Buffer | null = super.read(size);
    const { reader } = this.#parts;
    if (chunk !== null) reader.has();
    else if (size !== 0) reader.wants();
    return chunk;
  }

  override pause(): this {
    this.#parts.reader.has();
    return super.pause();
  }

  override _read(): void {
    if (this.#pulling) return;
    this.#pulling = true;
    void this.#pull().finally(() => {
      this.#pulling = false;
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { abort, audio } = this.#parts;
    abort.abort(new Error('the stream is closed'));
    audio.return(undefined).then(
      () => callback(error),
      () => callback(error),
    );
  }

  /** Reads until the reader has enough for now. */
  async #pull(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#parts.audio.next();
        if (done) this.push(null);
        else if (value.length === 0 || this.push(value)) continue;
        return;
      }
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}
