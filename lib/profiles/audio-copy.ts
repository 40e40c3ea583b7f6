import { type AudioProfile, type OutputFormat, type QualityPreset, UNBROKEN_TIME } from './audio.ts';

/** Samples at 48 kHz that the encoder of each preset adds before the audio: the look-ahead of libopus. */
export const OPUS_PRE_SKIP: Readonly<Record<QualityPreset, number>> = { lowlatency: 120, standard: 312, high: 312 };

const CONTAINERS: Readonly<Record<OutputFormat, readonly string[]>> = {
  // Pages of a second, the muxer's default: no reader waits for an encoder here, and each page costs work.
  opus: ['-bsf:a', UNBROKEN_TIME, '-f', 'ogg', '-serial_offset', '1'],
  aac: ['-f', 'adts'],
  pcm: ['-f', 's16le'],
};

/** Returns ffmpeg's output options, without the output's name, that copy encoded audio into a profile's container. */
export function audioCopyArguments({ format }: Pick<AudioProfile, 'format'>): string[] {
  return ['-c:a', 'copy', ...CONTAINERS[format], '-flush_packets', '1'];
}
