import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { InputFormatReader } from '#lib/ffmpeg/input-format.ts';
import type { OutputFormat } from '#lib/profiles/audio.ts';
import type { SourceFormat } from '#lib/sources/open-source.ts';

/** ffmpeg has told its input before it gives a byte; its log only comes through another pipe. */
const FORMAT_WAIT_MS = 50;

/** Bytes ffmpeg gives before the first audio: both header pages of Ogg Opus, which take less than any with audio after them. */
const HEADER_BYTES: Readonly<Record<OutputFormat, number>> = { opus: 128, aac: 0, pcm: 0 };

/** True when there is audio to read, false when the stream ends without any. */
export async function firstAudio(output: Readable, format: OutputFormat): Promise<boolean> {
  const header = HEADER_BYTES[format];
  // What is readable and has not grown is all there is.
  for (let had = -1; output.readableLength <= header && output.readableLength > had; ) {
    had = output.readableLength;
    await Promise.race([once(output, 'readable'), once(output, 'close')]);
  }
  return output.readableLength > header;
}

/** `container/codec`, such as `mp3/mp3`: the container as its first bytes tell it, else as ffmpeg does. */
export async function detectedFormat(format: SourceFormat, reader: InputFormatReader): Promise<string> {
  const detected = await Promise.race([reader.detected, delay(FORMAT_WAIT_MS, undefined, { ref: false })]);
  const container = format.demuxer === undefined ? detected?.container : format.container;
  return `${container ?? 'unknown'}/${detected?.codec ?? 'unknown'}`;
}
