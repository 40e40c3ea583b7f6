import type { SoundFacts } from '#lib/jobs/media/facts.ts';
import type { OutputSpec } from '#lib/jobs/spec/outputs.ts';
import { type AudioCodec, audioCodecOf, FORMATS } from '#lib/jobs/spec/vocabulary.ts';
import type { Segment } from '../segment.ts';
import type { SoundProgram } from '../sound-program.ts';

export type SoundVerdict =
  | { readonly kind: 'copied'; readonly sound: SoundFacts; readonly codec: AudioCodec }
  | { readonly kind: 'encoded'; readonly because: string };

/** Names of codecs as ffprobe reports them. */
const CODEC_NAMES: Readonly<Record<AudioCodec, string>> = { aac: 'aac', opus: 'opus', mp3: 'mp3', pcm: 'pcm_s16le' };

/** Results have stereo at most. */
const MOST_CHANNELS = 2;

/** Seconds by which sound may end before or after what it belongs to: a frame of each. */
const LOOSE_SECONDS = 0.06;

/** ffmpeg writes a wrong length of the silence that the encoder has put in front: players leave out sound. */
const LOST_START = 'its container does not say where it begins';

export const AT_CUTS = 'sound is encoded at cuts';

export type SoundRequest = {
  readonly output: OutputSpec;
  readonly segments: readonly Segment[];
  /** What is heard. */
  readonly program: SoundProgram;
};

/**
 * Decides whether the sound of a result is copied packet by packet: only that of one whole input. Anywhere else a packet
 * holds sound from before and after the cut.
 */
export function soundVerdict({ output, segments, program }: SoundRequest): SoundVerdict {
  const [segment, other] = segments;
  const codec = audioCodecOf(output);
  if (segment === undefined || codec === undefined) return { kind: 'encoded', because: 'there is no clip' };
  if (program.base === 'silence') return { kind: 'encoded', because: 'a step replaces it' };
  if (program.added.length > 0) return { kind: 'encoded', because: 'a step changes it' };
  if (other !== undefined) return { kind: 'encoded', because: 'sound is encoded at joints' };
  if (segment.transition !== null) return { kind: 'encoded', because: 'its clips are joined by transitions' };
  const { sound, from, to } = segment;
  if (sound === undefined) return { kind: 'encoded', because: 'there is no sound' };
  const reason = [
    output.audio_bitrate === undefined ? undefined : 'the output asks for a bitrate',
    sound.codec === CODEC_NAMES[codec] ? undefined : `its codec is ${sound.codec}, that of the output ${codec}`,
    sound.channels <= MOST_CHANNELS ? undefined : `it has ${sound.channels} channels`,
    segment.facts.brokenAtSeconds === null ? undefined : 'its input is damaged',
    from === 0 && to >= lengthOf(segment) - LOOSE_SECONDS ? undefined : AT_CUTS,
    output.format === 'mp3' && /matroska/.test(segment.facts.container) ? LOST_START : undefined,
    FORMATS[output.format].kind === 'sound' && sound.startSeconds > LOOSE_SECONDS ? 'it begins late' : undefined,
    Math.abs((sound.endSeconds ?? to) - to) <= LOOSE_SECONDS ? undefined : 'it does not end with the picture',
  ].find((found) => found !== undefined);
  return reason === undefined ? { kind: 'copied', sound, codec } : { kind: 'encoded', because: reason };
}

function lengthOf({ picture, sound, facts }: Segment): number {
  return (picture ?? sound)?.endSeconds ?? facts.seconds ?? 0;
}
