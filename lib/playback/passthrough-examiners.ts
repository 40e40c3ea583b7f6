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

/** That a source is what was asked for: `passthroughArguments` hand it on. */
export type Passthrough = {
  /** What its first piece becomes on the way into ffmpeg. */
  readonly mend: ((beginning: Buffer) => Buffer) | undefined;
};

export type Examination = {
  readonly source: Pick<OpenedSource, 'size' | 'body' | 'tail'>;
  readonly spooled: { readonly fd: number } | undefined;
  readonly profile: AudioProfile;
  readonly signal: AbortSignal;
};

/** What a source may be passed through by, if ffmpeg sees in it what was asked for. */
export type Finding = {
  /** What ffmpeg is to look at. */
  readonly sample: Buffer | { readonly fd: number };
  /** The average over the whole, bit/s; undefined when it is not known. Throws what breaks the source. */
  readonly bitrate: (stream: AudioStream) => Promise<number | undefined>;
  readonly passthrough: Passthrough;
};

export type Examiner = {
  readonly format: OutputFormat;
  /** Undefined when the source is not what was asked for. Throws what breaks it. */
  readonly examine: (examination: Examination) => Promise<Finding | undefined>;
};

/** By the container. */
export const EXAMINERS: Readonly<Partial<Record<SourceFormat['container'], Examiner>>> = {
  ogg: { format: 'opus', examine: examineOggOpus },
  adts: { format: 'aac', examine: examineAdts },
  mp4: { format: 'aac', examine: examineMp4 },
};

const OGG_BYTES = 64 << 10;
/** A whole ADTS stream does not state its average: this is a quarter of a minute of it. */
const ADTS_BYTES = 256 << 10;
/** Of an MP4 from a pipe: how far its index may go, and what ffmpeg needs to see of the sound. */
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
      // Another stream's end: several are chained.
      if (size === undefined || last?.serial !== opus.serial) return undefined;
      return opusBitrate(opus, { size, granule: last.granule });
    },
  };
}

/**
 * What an encoder makes has a frame before the sound, since ADTS cannot mark where that begins, and players play it. With
 * a silent one in its place everything is heard when it would be of an encoder, and frames can be counted.
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

/** ffmpeg has its bitrate from the index: the sum of the samples' sizes. */
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
