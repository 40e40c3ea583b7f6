import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import type { InputFormatReader } from '#lib/ffmpeg/input-format.ts';
import type { FfmpegProcess } from '#lib/ffmpeg/process.ts';
import type { OutputFormat } from '#lib/profiles/audio.ts';
import type { SourceFormat } from '#lib/sources/open-source.ts';

/** ffmpeg logs its input before it produces output, but the log comes through another pipe and may arrive later. */
const FORMAT_WAIT_MS = 50;

/** Bytes that can contain no audio: the header pages of Ogg Opus. With the first audio page there are more. */
const HEADER_BYTES: Readonly<Record<OutputFormat, number>> = { opus: 128, aac: 0, pcm: 0 };

export type FirstAudioOptions = {
  readonly format: OutputFormat;
  readonly timeoutMs: number;
  /** Called with TIMEOUT when ffmpeg reads no more of its source for `timeoutMs`. */
  readonly fail: (error: Error) => void;
};

/** Returns true when there is audio to read, false when ffmpeg ended without any. Does not consume the output. */
export async function firstAudio(
  { input, output, outcome, progress }: Pick<FfmpegProcess, 'input' | 'output' | 'outcome' | 'progress'>,
  { format, timeoutMs, fail }: FirstAudioOptions,
): Promise<boolean> {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const hasAudio = (): boolean => output.readableLength > HEADER_BYTES[format];
  const look = (): void => void (hasAudio() && resolve());
  let taken = input?.bytesWritten;
  const timer = setInterval(() => {
    if (input?.bytesWritten === taken) fail(tooLate(timeoutMs));
    taken = input?.bytesWritten;
  }, timeoutMs);
  output.on('readable', look);
  await Promise.race([begun, outcome]).finally(() => clearInterval(timer));
  output.off('readable', look);
  return hasAudio() || progress().outTimeSeconds > 0;
}

/** Returns `container/codec`, such as `mp3/mp3`. The container comes from the first bytes, else from ffmpeg's log. */
export async function detectedFormat(format: SourceFormat, reader: InputFormatReader): Promise<string> {
  const detected = await Promise.race([reader.detected, delay(FORMAT_WAIT_MS, undefined, { ref: false })]);
  const container = format.demuxer === undefined ? detected?.container : format.container;
  return `${container ?? 'unknown'}/${detected?.codec ?? 'unknown'}`;
}

function tooLate(ms: number): AppError {
  const details = { part: 'ffmpeg', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: `ffmpeg produced no audio for ${ms / 1_000} seconds` });
}
