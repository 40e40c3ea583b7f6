import { setTimeout as delay } from 'node:timers/promises';
import type { InputFormatReader } from '#lib/ffmpeg/input-format.ts';
import type { FfmpegProcess } from '#lib/ffmpeg/process.ts';
import type { OutputFormat } from '#lib/profiles/audio.ts';
import type { SourceFormat } from '#lib/sources/open-source.ts';

/** ffmpeg has told its input before it gives a byte; its log only comes through another pipe. */
const FORMAT_WAIT_MS = 50;

/** Bytes that ffmpeg may give without any audio: the header pages of Ogg Opus; a page with audio after them is more. */
const HEADER_BYTES: Readonly<Record<OutputFormat, number>> = { opus: 128, aac: 0, pcm: 0 };

/** True when there is audio to read, false when ffmpeg has ended without any. Takes nothing of the output. */
export async function firstAudio(
  { output, outcome, progress }: Pick<FfmpegProcess, 'output' | 'outcome' | 'progress'>,
  format: OutputFormat,
): Promise<boolean> {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const hasAudio = (): boolean => output.readableLength > HEADER_BYTES[format];
  const look = (): void => void (hasAudio() && resolve());
  output.on('readable', look);
  await Promise.race([begun, outcome]);
  output.off('readable', look);
  return hasAudio() || progress().outTimeSeconds > 0;
}

/** `container/codec`, such as `mp3/mp3`: the container as its first bytes tell it, else as ffmpeg does. */
export async function detectedFormat(format: SourceFormat, reader: InputFormatReader): Promise<string> {
  const detected = await Promise.race([reader.detected, delay(FORMAT_WAIT_MS, undefined, { ref: false })]);
  const container = format.demuxer === undefined ? detected?.container : format.container;
  return `${container ?? 'unknown'}/${detected?.codec ?? 'unknown'}`;
}
