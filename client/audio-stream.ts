import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { FilterPatch, Filters } from '#lib/playback/settings.ts';
import type { Via } from './legs/leg.ts';
import type { TrackEvent } from './playlist.ts';
import type { Continuous } from './stream/continuous.ts';
import type { FilterChange, StreamEvent } from './stream/events.ts';
import type { ReaderWait } from './stream/reader-wait.ts';

export type AudioStreamEvents = {
  /** A new leg: the audio comes from it from here on. */
  leg: [Extract<StreamEvent, { type: 'leg' }>];
  /** A leg was cut, or could not start. */
  broken: [Extract<StreamEvent, { type: 'broken' }>];
  /** The next item of a playlist starts. */
  track: [Extract<TrackEvent, { type: 'track' }>];
  /** An item of a playlist could not be played, or not to its end. */
  skipped: [Extract<TrackEvent, { type: 'skipped' }>];
};

export type AudioStreamParts = {
  readonly id: string;
  readonly continuous: Continuous;
  readonly audio: AsyncGenerator<Buffer>;
  /** The first bytes of the audio, already read; undefined when there is no audio. */
  readonly first: Buffer | undefined;
  readonly abort: AbortController;
  readonly reader: ReaderWait;
};

/** Bytes that are buffered while the reader does not read. */
const HELD_BYTES = 65_536;

/**
 * A Readable of audio that continues when the service fails. It ends when the audio is complete. When neither the
 * service nor the local ffmpeg can continue, it is destroyed with an AppError (`code`, `recoverable`). Destroy it to
 * stop it.
 */
export class AudioStream extends Readable {
  /** The id in this client. If the first leg came from the service, it is also the id in the service. */
  readonly id: string;
  /** Events of the stream: `leg`, `broken`; for a playlist also `track`, `skipped`. */
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

  /** Where the audio comes from now, or came from last: the service or the local ffmpeg. */
  get via(): Via {
    return this.#parts.continuous.leg().via;
  }

  /** The filters in force. */
  get filters(): Filters {
    return this.#parts.continuous.filters();
  }

  /** The position in the source of the audio read so far, seconds. */
  get positionSeconds(): number {
    return this.#parts.continuous.positionSeconds();
  }

  /**
   * Changes the filters of a live stream that its request allows to change (`adjust`), wherever its audio comes from.
   * Returns the filters in force and the first sample that has them. Throws FILTER_INVALID or CONFLICT.
   */
  setFilters(patch: FilterPatch): Promise<FilterChange> {
    return this.#parts.continuous.setFilters(patch);
  }

  /** A reader that gets no audio counts as waiting. */
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

  /** Reads until the buffer is full. */
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
