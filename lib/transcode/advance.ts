import { notBelow } from '#lib/ffmpeg/progress.ts';
import type { Position } from '#lib/playback/playback.ts';
import type { TranscodeProgress } from './record.ts';

/** The highest percentage that a transcode reports before it completes. */
const MOST_PERCENT = 99.9;

/** Returns the progress at a position. Never decreases, never NaN. `percent` is null until the end is known. */
export function advance(previous: TranscodeProgress, position: Position): TranscodeProgress {
  const { positionSeconds, durationSeconds, fraction } = position;
  return {
    position_seconds: notBelow(previous.position_seconds, toMilliseconds(positionSeconds)),
    duration_seconds: durationSeconds === undefined ? previous.duration_seconds : toMilliseconds(durationSeconds),
    percent: fraction === undefined ? previous.percent : notBelow(previous.percent ?? 0, percentOf(fraction)),
  };
}

export function complete(previous: TranscodeProgress): TranscodeProgress {
  return { ...previous, percent: 100 };
}

function percentOf(fraction: number): number {
  return Math.min(MOST_PERCENT, Math.floor(fraction * 1_000) / 10);
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
