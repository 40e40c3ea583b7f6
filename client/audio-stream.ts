import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { FilterPatch, Filters } from '#lib/playback/settings.ts';
import type { Via } from './legs/leg.ts';
import type { TrackEvent } from './playlist.ts';
import type { Continuous } from './stream/continuous.ts';
import type { FilterChange, StreamEvent } from './stream/events.ts';
import type { ReaderWait } from './stream/reader-wait.ts';

export type AudioStreamEvents = {
  /** Who makes it from here on. */
  leg: [Extract<StreamEvent, { type: 'leg' }>];
  /** Who made it broke off, or could not begin. */
  broken: [Extract<StreamEvent, { type: 'broken' }>];
  /** Of a playlist. */
  track: [Extract<TrackEvent, { type: 'track' }>];
  skipped: [Extract<TrackEvent, { type: 'skipped' }>];
};

export type AudioStreamParts = {
  readonly id: string;
  readonly continuous: Continuous;
  readonly audio: AsyncGenerator<Buffer>;
  /** What has been taken of the audio already; undefined when that was all. */
  readonly first: Buffer | undefined;
  readonly abort: AbortController;
  readonly reader: ReaderWait;
};

/** Bytes that are held for a reader that does not read. */
const HELD_BYTES = 65_536;

/**
 * Audio that goes on, whatever happens to the service. It ends when it is complete, and is destroyed with an error that
 * has a `code` and says whether it is `recoverable` when nobody can bring it on. To stop it, destroy it.
 */
export class AudioStream extends Readable {
  /** Its name for the client that made it; the service knows it by this too while it made the first of it. */
  readonly id: string;
  /** What happens to it on its way. */
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

  /** Who makes it now, or did last. */
  get via(): Via {
    return this.#parts.continuous.leg().via;
  }

  get filters(): Filters {
    return this.#parts.continuous.filters();
  }

  /** Of the source, as far as audio has been handed out. */
  get positionSeconds(): number {
    return this.#parts.continuous.positionSeconds();
  }

  /** Changes what a live stream was allowed to change (`adjust`), whoever makes it. */
  setFilters(patch: FilterPatch): Promise<FilterChange> {
    return this.#parts.continuous.setFilters(patch);
  }

  /** Whoever asks for audio and gets none waits. */
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

  /** Until the reader has enough for now. */
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
