import { read } from 'node:fs';
import { promisify } from 'node:util';
import { adtsBeginning } from '#lib/containers/adts.ts';
import { mp4Index, type ReadAt } from '#lib/containers/mp4-boxes.ts';
import { mp4Sound } from '#lib/containers/mp4-sound.ts';
import { oggEnd, opusBeginning } from '#lib/containers/ogg-opus.ts';
import type { AudioStream } from '#lib/ffmpeg/probe.ts';
import type { AudioProfile, OutputFormat } from '#lib/profiles/audio.ts';
import type { OpenedSource, SourceFormat } from '#lib/sources/open-source.ts';
import { peek } from '#lib/sources/peek.ts';
import { mp4Fits, opusBitrate, opusFits } from './passthrough-rules.ts';

/** Means that a source already is the requested audio: `passthroughArguments` copies it. */
export type Passthrough = {
  /** Replaces the first chunk on its way into ffmpeg. */
  readonly mend: ((beginning: Buffer) => Buffer) | undefined;
};

export type Examination = {
  readonly source: Pick<OpenedSource, 'size' | 'body' | 'tail'>;
  readonly spooled: { readonly fd: number } | undefined;
  readonly profile: AudioProfile;
  readonly signal: AbortSignal;
};

/** What is needed to pass a source through, provided that ffmpeg finds the requested format in it. */
export type Finding = {
  /** The bytes or file that ffmpeg probes. */
  readonly sample: Buffer | { readonly fd: number };
  /** Returns the average over the whole source, bit/s; undefined when unknown. Throws the errors of the source. */
  readonly bitrate: (stream: AudioStream) => Promise<number | undefined>;
  readonly passthrough: Passthrough;
};

export type Examiner = {
  readonly format: OutputFormat;
  /** Returns undefined when the source is not the requested audio. Throws the errors of the source. */
  readonly examine: (examination: Examination) => Promise<Finding | undefined>;
};

/** The examiner of each container. */
export const EXAMINERS: Readonly<Partial<Record<SourceFormat['container'], Examiner>>> = {
  ogg: { format: 'opus', examine: examineOggOpus },
  adts: { format: 'aac', examine: examineAdts },
  mp4: { format: 'aac', examine: examineMp4 },
};

const OGG_BYTES = 64 << 10;
/** ADTS does not state its average bitrate, so it is measured over this part: a quarter of a minute. */
const ADTS_BYTES = 256 << 10;
/** For an MP4 from a pipe: how far its index may extend, and the bytes of audio that ffmpeg needs to probe it. */
const MP4_BYTES = { index: 1 << 20, sound: 16 << 10 } as const;
const AS_IT_IS: Passthrough = { mend: undefined };

async function examineOggOpus({ source, profile, signal }: Examination): Promise<Finding | undefined> {
  const sample = await peek(source.body, OGG_BYTES, signal);
  const opus = opusBeginning(sample);
  if (opus === undefined || !opusFits(profile, opus)) return undefined;
  return {
    sample,
    passthrough: AS_IT_IS,
    async bitrate() {
      const isWhole = sample.length < OGG_BYTES;
      const end = isWhole ? sample : await source.tail(OGG_BYTES, signal);
      const last = end === undefined ? undefined : oggEnd(end);
      const size = isWhole ? sample.length : source.size;
      // The end belongs to another stream: several streams are chained.
      if (size === undefined || last?.serial !== opus.serial) return undefined;
      return opusBitrate(opus, { size, granule: last.granule });
    },
  };
}

/**
 * The encoder's output has one frame before the audio. Players play it because ADTS cannot mark where audio begins.
 * A silent frame before the source gives it the same timing and the same frame count.
 */
async function examineAdts({ source, profile, signal }: Examination): Promise<Finding | undefined> {
  const sample = await peek(source.body, ADTS_BYTES, signal);
  const adts = adtsBeginning(sample);
  if (adts?.sampleRate !== profile.sampleRate || adts.channels !== profile.channels) return undefined;
  const { bitrate, silence } = adts;
  if (silence === undefined) return undefined;
  return {
    sample,
    passthrough: { mend: (beginning) => Buffer.concat([silence, beginning]) },
    bitrate: async () => bitrate,
  };
}

/** ffmpeg calculates the bitrate from the index: the sum of the sample sizes. */
async function examineMp4({ source, spooled, profile, signal }: Examination): Promise<Finding | undefined> {
  const index = await mp4Index(spooled === undefined ? bodyReader(source.body, signal) : fileReader(spooled.fd));
  const sound = index === undefined ? undefined : mp4Sound(index.moov);
  if (index === undefined || sound === undefined || !mp4Fits(profile, sound)) return undefined;
  return {
    sample: spooled ?? (await peek(source.body, index.end + MP4_BYTES.sound, signal)),
    passthrough: AS_IT_IS,
    bitrate: async (stream) => stream.bitrate,
  };
}

function bodyReader(body: OpenedSource['body'], signal: AbortSignal): ReadAt {
  return async (position, length) => {
    if (position + length > MP4_BYTES.index) return Buffer.alloc(0);
    return (await peek(body, position + length, signal)).subarray(position);
  };
}

const readAt = promisify(read);

function fileReader(fd: number): ReadAt {
  return async (position, length) => {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await readAt(fd, buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  };
}
