import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { InputFormatReader } from '#lib/ffmpeg/input-format.ts';
import type { SourceFormat } from '#lib/sources/open-source.ts';

/** ffmpeg has told its input before it gives a byte; its log only comes through another pipe. */
const FORMAT_WAIT_MS = 50;

/** True when there are bytes to read, false when the stream ends without any. */
export async function firstBytes(output: Readable): Promise<boolean> {
  if (output.readableLength === 0) await Promise.race([once(output, 'readable'), once(output, 'close')]);
  return output.readableLength > 0;
}

/** `container/codec`, such as `mp3/mp3`: the container as its first bytes tell it, else as ffmpeg does. */
export async function detectedFormat(format: SourceFormat, reader: InputFormatReader): Promise<string> {
  const detected = await Promise.race([reader.detected, delay(FORMAT_WAIT_MS, undefined, { ref: false })]);
  const container = format.demuxer === undefined ? detected?.container : format.container;
  return `${container ?? 'unknown'}/${detected?.codec ?? 'unknown'}`;
}
