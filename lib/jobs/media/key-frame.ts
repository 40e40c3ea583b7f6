import { probedInput } from './formats.ts';

/** A frame of a stream of H.264 or HEVC that is marked as a key frame. */
export type MarkedFrame = {
  readonly container: string;
  readonly stream: number;
  /** Where it is shown, in the time stamps of the file. */
  readonly seconds: number;
};

/** Returns the arguments of ffprobe that print the bytes of the first packet at or before a time. */
export function keyFrameArguments(file: string, { container, stream, seconds }: MarkedFrame): string[] {
  const interval = ['-read_intervals', `${seconds.toFixed(6)}%+#1`, '-select_streams', String(stream)];
  const shown = ['-show_entries', 'packet=pts_time,data', '-show_data', '-of', 'default=nw=1'];
  return ['-v', 'error', ...interval, ...shown, ...probedInput(file, container)];
}

export type KeyFrameReader = {
  /** Reads one line that ffprobe prints. */
  read(line: string): void;
  /** Whether no frame after it, in the order of decoding, needs one before it. */
  startsAnew(): boolean;
};

/** Bytes in front of the picture, such as parameters and remarks of the encoder, that are looked through. */
const MOST_BYTES = 1 << 16;

/** Kinds of units: those of the picture itself, and those of them that need nothing before. Rec. ITU-T H.264 and H.265. */
const UNITS: Readonly<
  Record<string, { kindOf(byte: number): number; isPicture(kind: number): boolean; isAnew(kind: number): boolean }>
> = {
  h264: { kindOf: (byte) => byte & 0x1f, isPicture: (kind) => kind >= 1 && kind <= 5, isAnew: (kind) => kind === 5 },
  hevc: {
    kindOf: (byte) => (byte >> 1) & 0x3f,
    isPicture: (kind) => kind < 32,
    isAnew: (kind) => kind >= 16 && kind <= 21,
  },
};

/** Returns whether containers mark frames of a codec as key frames that may need earlier ones. */
export function mayMislead(codec: string): boolean {
  return Object.hasOwn(UNITS, codec);
}

/** Creates a reader of what ffprobe prints about one packet. `from`: the time stamp that the packet must have at least. */
export function createKeyFrameReader(codec: string, from: number): KeyFrameReader {
  const bytes: number[] = [];
  let isThere = false;
  return {
    read(line) {
      const time = /^pts_time=([\d.-]+)/.exec(line)?.[1];
      if (time !== undefined) isThere = Number(time) >= from;
      const dump = /^[0-9a-f]{8}: ((?:[0-9a-f]{2,4} )+)/.exec(line)?.[1];
      if (dump !== undefined && bytes.length < MOST_BYTES) bytes.push(...Buffer.from(dump.replaceAll(' ', ''), 'hex'));
    },
    startsAnew: () => isThere && firstPicture(codec, Buffer.from(bytes)),
  };
}

/** Units have their length in front, in 4 bytes, as MP4 and Matroska store them. */
function firstPicture(codec: string, data: Buffer): boolean {
  const units = UNITS[codec];
  for (let at = 0; units !== undefined && at + 5 <= data.length; at += 4 + data.readUInt32BE(at)) {
    const kind = units.kindOf(data[at + 4] ?? 0);
    if (units.isPicture(kind)) return units.isAnew(kind);
  }
  return false;
}
