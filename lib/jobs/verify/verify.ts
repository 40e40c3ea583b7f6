import type { MediaFacts, PictureFacts, SoundFacts } from '#lib/jobs/media/facts.ts';
import type { Expected } from './expected.ts';

/** What is compared with the plan. */
type Checked =
  | 'streams'
  | 'codec'
  | 'size'
  | 'start'
  | 'frames'
  | 'samples'
  | 'length'
  | 'length'
  | 'sync'
  | 'cues'
  | 'chapters'
  | 'segments'
  | 'key_frames';

/** Something that a file has otherwise than planned. */
export type Finding = {
  readonly file: string;
  readonly what: Checked;
  readonly expected: string | number;
  readonly found: string | number;
  /** Whether the file is shorter than planned, as after an input that broke. */
  readonly isShorter: boolean;
};

/** Frames by which a file may differ from the plan. */
const FRAME_TOLERANCE = 1;

/** Samples of a codec's frame, at 48 kHz: the last one is filled up, or Matroska states it as long as the others. */
const SOUND_FRAMES: Readonly<Record<string, number>> = { aac: 1_024, opus: 960, mp3: 1_152, pcm: 1_024 };

/** Seconds by which a picture may begin after the file: an encoder of sound puts some silence in front. */
const LATE_SECONDS = 0.1;

/** Seconds by which time stamps are rounded in a container. */
const ROUNDING_SECONDS = 0.005;

/** Names of codecs as ffprobe reports them. */
const CODEC_NAMES: Readonly<Record<string, string>> = { pcm: 'pcm_s16le' };

/** Compares the measured facts of a file with what the plan expects. Returns nothing when all is as planned. */
export function verify(expected: Expected, facts: MediaFacts): Finding[] {
  const pictures = facts.streams.filter((stream) => stream.kind === 'picture');
  const sounds = facts.streams.filter((stream) => stream.kind === 'sound');
  const texts = facts.streams.filter((stream) => stream.kind === 'other' && stream.because === 'subtitles');
  const { subtitles: cues = [], chapters = 0 } = expected;
  // MP4 and MOV have a stream with the titles.
  const titles = chapters > 0 && facts.streams.some(({ codec }) => codec === 'bin_data') ? 1 : 0;
  const streams = shownStreams([pictures.length, sounds.length, texts.length], facts.streams.length - titles);
  const planned = [expected.picture === null ? 0 : 1, expected.sound === null ? 0 : 1, cues.length];
  const wanted = shownStreams(
    planned,
    planned.reduce((sum, count) => sum + count, 0),
  );
  const found = (finding: Omit<Finding, 'file' | 'isShorter'>, isShorter = false): Finding => {
    return { file: expected.file, ...finding, isShorter };
  };
  if (streams !== wanted) return [found({ what: 'streams', expected: wanted, found: streams })];
  const [picture, sound] = [pictures[0], sounds[0]];
  return [
    ...(picture === undefined || expected.picture === null ? [] : pictureFindings(expected.picture, picture, found)),
    ...(sound === undefined || expected.sound === null
      ? []
      : soundFindings(expected.sound, sound, { facts, found, isSegmented: expected.isSegmented ?? false })),
    ...(picture === undefined || sound === undefined ? [] : syncFindings({ picture, sound, expected, found })),
    ...(facts.chapters === chapters ? [] : [found({ what: 'chapters', expected: chapters, found: facts.chapters })]),
    ...texts.flatMap((text, number) => {
      const [wants, has] = [cues[number] ?? 0, text.kind === 'other' ? (text.cues ?? 0) : 0];
      return wants === has ? [] : [found({ what: 'cues', expected: wants, found: has })];
    }),
  ];
}

function shownStreams([pictures = 0, sounds = 0, texts = 0]: readonly number[], all: number): string {
  const subtitles = texts > 0 ? `${texts} subtitles, ` : '';
  return `${pictures} picture, ${sounds} sound, ${subtitles}${all} in all`;
}

type Found = (finding: Omit<Finding, 'file' | 'isShorter'>, isShorter?: boolean) => Finding;

function pictureFindings(expected: NonNullable<Expected['picture']>, facts: PictureFacts, found: Found): Finding[] {
  const findings: Finding[] = [];
  if (facts.codec !== expected.codec)
    findings.push(found({ what: 'codec', expected: expected.codec, found: facts.codec }));
  const [size, wanted] = [facts, expected].map(({ width, height }) => `${width}x${height}`) as [string, string];
  if (size !== wanted || facts.rotation !== expected.rotation) {
    findings.push(found({ what: 'size', expected: wanted, found: `${size}, rotated by ${facts.rotation}` }));
  }
  const { firstBytes = facts.firstBytes } = expected;
  if (facts.firstBytes !== firstBytes) {
    findings.push(found({ what: 'start', expected: `${firstBytes} bytes`, found: `${facts.firstBytes} bytes` }));
  }
  const frames = facts.frames ?? 0;
  if (Math.abs(frames - expected.frames) > FRAME_TOLERANCE) {
    findings.push(found({ what: 'frames', expected: expected.frames, found: frames }, frames < expected.frames));
  }
  const { rate } = expected;
  const [seconds, wantedSeconds] = [facts.endSeconds ?? 0, expected.frames / (rate ?? 1)].map(toMilliseconds) as [
    number,
    number,
  ];
  if (rate !== null && Math.abs(seconds - wantedSeconds) > LATE_SECONDS + (1 + FRAME_TOLERANCE) / rate) {
    findings.push(found({ what: 'length', expected: wantedSeconds, found: seconds }, seconds < wantedSeconds));
  }
  return findings;
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}

type SoundOptions = { readonly facts: MediaFacts; readonly found: Found; readonly isSegmented: boolean };

function soundFindings(expected: NonNullable<Expected['sound']>, sound: SoundFacts, options: SoundOptions) {
  const { facts, found, isSegmented } = options;
  const findings: Finding[] = [];
  const codec = CODEC_NAMES[expected.codec] ?? expected.codec;
  if (sound.codec !== codec) findings.push(found({ what: 'codec', expected: codec, found: sound.codec }));
  const seconds = sound.endSeconds ?? 0;
  const wanted = expected.samples / expected.rate;
  // These have the encoder's delay in front, which MP4 marks to be left out: ffprobe counts it where there are fragments.
  const delays = isSegmented
    ? 1
    : /^(?:aac|mp3|matroska)/.test(facts.container) && /^(?:aac|mp3)$/.test(expected.codec)
      ? 2
      : 0;
  const tolerance = ((1 + delays) * (SOUND_FRAMES[expected.codec] ?? 0)) / expected.rate + ROUNDING_SECONDS;
  if (Math.abs(seconds - wanted) > tolerance) {
    const samples = Math.round(seconds * expected.rate);
    findings.push(found({ what: 'samples', expected: expected.samples, found: samples }, seconds < wanted));
  }
  return findings;
}

type SyncOptions = {
  readonly picture: PictureFacts;
  readonly sound: SoundFacts;
  readonly expected: Expected;
  readonly found: Found;
};

/** Sound and picture end together, within one frame of the sound's codec. */
function syncFindings({ picture, sound, expected, found }: SyncOptions): Finding[] {
  const [pictureEnd, soundEnd] = [picture.endSeconds ?? 0, sound.endSeconds ?? 0];
  const frame = (SOUND_FRAMES[expected.sound?.codec ?? ''] ?? 0) / 48_000;
  const tolerance = frame + 1 / (expected.picture?.rate ?? 25) + ROUNDING_SECONDS;
  if (Math.abs(pictureEnd - soundEnd) <= tolerance) return [];
  return [found({ what: 'sync', expected: pictureEnd, found: soundEnd })];
}
