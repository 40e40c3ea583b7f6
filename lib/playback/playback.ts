import { AppError } from '#lib/errors.ts';
import { createInputFormatReader, type InputFormatReader } from '#lib/ffmpeg/input-format.ts';
import type { FfmpegProcess } from '#lib/ffmpeg/process.ts';
import type { Progress } from '#lib/ffmpeg/progress.ts';
import { isChainStart } from '#lib/filters/live.ts';
import { type Adjusted, type Adjustment, createAdjustment } from './adjustment.ts';
import { encoderLag } from './encoder-lag.ts';
import { createOutputClock } from './output-clock.ts';
import { type FilterPatch, type Filters, liveOf, type PlaybackSettings, profileOf } from './settings.ts';
import { createSourceClock } from './source-clock.ts';

/** The position of a transcode in its source, seconds. */
export type Position = {
  readonly positionSeconds: number;
  /** Length of the whole source; undefined while unknown. */
  readonly durationSeconds: number | undefined;
  /** Share of the requested audio, 0–1; undefined while its end is unknown. */
  readonly fraction: number | undefined;
};

/** The state of a transcode while it plays: its position in the source, and its filters, which can change when live. */
export type Playback = {
  readonly format: InputFormatReader;
  readLog(line: string): void;
  readProgress(progress: Progress): void;
  /** Called when ffmpeg has started, with the size of the source in bytes if known. */
  attach(process: FfmpegProcess, sourceBytes: number | undefined): void;
  /** Throws CONFLICT if the transcode is not live, has not started, or may not change these filters. */
  adjust(patch: FilterPatch): Promise<Adjusted>;
  filters(): Filters;
  position(): Position;
};

/** Delay between the filters and the encoder: half a frame of the pacing, seconds. */
const AFTER_THE_FILTERS_SECONDS = 0.01;
/** Longest wait until ffmpeg has applied a change, ms: ten bands need a second. */
const ADJUST_TIMEOUT_MS = 5_000;

export function createPlayback(settings: PlaybackSettings): Playback {
  const { startAt, duration, filters, sampleRate } = settings;
  const live = liveOf(settings);
  const format = createInputFormatReader();
  const sourceClock = createSourceClock({ startAt, speed: filters.speed });
  const outputClock = createOutputClock({ leadSeconds: live?.leadSeconds ?? 0 });
  const afterTheFilters = AFTER_THE_FILTERS_SECONDS + encoderLag(profileOf(settings));
  let adjustment: Adjustment | undefined;
  const chainBegun = Promise.withResolvers<void>();
  let chains = 0;
  let outSeconds = 0;
  let sourceBytes: number | undefined;

  function sourceSeconds(): number | undefined {
    const { seconds, bitrate } = format.length();
    if (seconds !== undefined || bitrate === undefined || sourceBytes === undefined) return seconds;
    return (sourceBytes * 8) / bitrate;
  }

  return {
    format,
    readLog(line) {
      format.read(line);
      if (live === undefined || !isChainStart(line)) return;
      chains += 1;
      chainBegun.resolve();
      if (chains > 1) adjustment?.restate();
    },
    readProgress(progress) {
      outSeconds = progress.outTimeSeconds;
      outputClock.read(outSeconds);
    },
    attach(process, bytes) {
      sourceBytes = bytes;
      if (live === undefined) return;
      void process.outcome.then(() => chainBegun.resolve());
      adjustment = createAdjustment({
        initial: filters,
        adjust: live.adjust,
        sampleRate,
        // ffmpeg drops commands until it has built the filter chain.
        async send(command) {
          await chainBegun.promise;
          await process.command(command);
        },
        heardFrom: () => outputClock.now() + afterTheFilters,
        onSpeed: sourceClock.changeSpeed,
        timeoutMs: ADJUST_TIMEOUT_MS,
      });
    },
    async adjust(patch) {
      if (live === undefined) {
        const message = 'the stream is not live: request it with live to change its filters';
        throw new AppError('CONFLICT', { live: false }, { message });
      }
      if (adjustment === undefined) {
        const message = 'the stream has not started yet: try again once its state is streaming';
        throw new AppError('CONFLICT', { state: 'opening' }, { message });
      }
      return await adjustment.adjust(patch);
    },
    filters: () => adjustment?.filters() ?? filters,
    position() {
      const positionSeconds = sourceClock.at(outSeconds);
      const durationSeconds = sourceSeconds();
      const unknown = Number.POSITIVE_INFINITY;
      const end = Math.min(durationSeconds ?? unknown, startAt + (duration ?? unknown));
      const fraction = Math.min(1, (positionSeconds - startAt) / (end - startAt));
      return { positionSeconds, durationSeconds, fraction: end < unknown && end > startAt ? fraction : undefined };
    },
  };
}
