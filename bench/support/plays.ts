import { type AudioProfile, audioProfileArguments } from '#lib/profiles/audio.ts';
import type { Play } from './orchestrator.ts';

/** The output options for 48 kHz stereo. */
const SHAPE = ['-ar', '48000', '-ac', '2'];
const QUIET = ['-nostdin', '-v', 'error'];

export type BareFormat = 'opus' | 'aac' | 'pcm';

/** Typical output options: the encoder, the bitrate of our `standard`, the container. */
export const PLAIN: Readonly<Record<BareFormat, readonly string[]>> = {
  opus: ['-c:a', 'libopus', '-b:a', '96k', '-f', 'ogg'],
  aac: ['-c:a', 'aac', '-b:a', '128k', '-f', 'adts'],
  pcm: ['-c:a', 'pcm_s16le', '-f', 's16le'],
};

/** The old way: one subprocess per track, which reads the URL itself. `input` holds options before it. */
export function oldWay(
  ffmpeg: string,
  { url, output, input = [] }: { url: string; output: readonly string[]; input?: readonly string[] },
): Extract<Play, { command: unknown }> {
  return { command: [ffmpeg, ...QUIET, ...input, '-i', url, ...SHAPE, ...output, 'pipe:1'] };
}

/** A transcode of the service. */
export function byService(
  serviceUrl: string,
  fields: Readonly<Record<string, unknown>>,
): Extract<Play, { url: unknown }> {
  return { url: `${serviceUrl}/transcode`, body: JSON.stringify({ output_format: 'opus', ...fields }) };
}

/** Options for the container and timing, which do not affect the encoder. */
const PACKING = ['-ar', '-ac', '-bsf:a', '-page_duration', '-serial_offset', '-flush_packets'];

/** Returns output options with only the encoder's settings of a profile and its container. */
export function encoderSettings(profile: AudioProfile): string[] {
  const args = audioProfileArguments(profile, 'unpaced');
  return args.filter((_, index) => !PACKING.includes(args[index - (index % 2)] ?? ''));
}
