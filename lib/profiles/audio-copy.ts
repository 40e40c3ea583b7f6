import { type AudioProfile, type OutputFormat, type QualityPreset, UNBROKEN_TIME } from './audio.ts';

/** Samples at 48 kHz that the encoder of each preset puts before the sound: what libopus looks ahead. */
export const OPUS_PRE_SKIP: Readonly<Record<QualityPreset, number>> = { lowlatency: 120, standard: 312, high: 312 };

const CONTAINERS: Readonly<Record<OutputFormat, readonly string[]>> = {
  // Pages of a second, the muxer's own length: no reader waits for an encoder here, and each page is work.
  opus: ['-bsf:a', UNBROKEN_TIME, '-f', 'ogg', '-serial_offset', '1'],
  aac: ['-f', 'adts'],
  pcm: ['-f', 's16le'],
};

/** ffmpeg's output options that put encoded audio into a profile's container as it is, up to but without the output's name. */
export function audioCopyArguments({ format }: Pick<AudioProfile, 'format'>): string[] {
  return ['-c:a', 'copy', ...CONTAINERS[format], '-flush_packets', '1'];
}
