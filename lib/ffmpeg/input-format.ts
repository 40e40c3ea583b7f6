/** Container and codec as ffmpeg names them, such as `mp3`/`mp3`, `mov`/`aac`, `ogg`/`vorbis`. */
export type InputFormat = { readonly container: string; readonly codec: string };

export type InputFormatReader = {
  /** Reads one line of the log. */
  read(line: string): void;
  /** The format of the first input and its first audio stream. Pending until ffmpeg has logged both. */
  readonly detected: Promise<InputFormat>;
  length(): InputLength;
};

/** The length of the first input as ffmpeg logs it. Fields are undefined if the container does not state them. */
export type InputLength = {
  readonly seconds: number | undefined;
  /** Bitrate of the whole file, bit/s. */
  readonly bitrate: number | undefined;
};

const INPUT = /^Input #0, ([\w-]+)/;
const LENGTH = /^\s*Duration: (?:(\d+):(\d+):(\d+\.\d+)|N\/A).*?(?:bitrate: (?:(\d+) kb\/s|N\/A))?$/;
const AUDIO_STREAM = /^\s*Stream #0:\d+.*?: Audio: ([\w-]+)/;

/** Creates a reader of the log lines in which ffmpeg describes its input after opening it. */
export function createInputFormatReader(): InputFormatReader {
  const { promise, resolve } = Promise.withResolvers<InputFormat>();
  let container: string | undefined;
  let codec: string | undefined;
  let length: InputLength = { seconds: undefined, bitrate: undefined };
  return {
    read(line) {
      if (codec !== undefined) return;
      container ??= INPUT.exec(line)?.[1];
      if (container === undefined) return;
      length = lengthIn(line) ?? length;
      codec = AUDIO_STREAM.exec(line)?.[1];
      if (codec !== undefined) resolve({ container, codec });
    },
    detected: promise,
    length: () => length,
  };
}

function lengthIn(line: string): InputLength | undefined {
  const [found, hours, minutes, seconds, kilobits] = LENGTH.exec(line) ?? [];
  if (found === undefined) return undefined;
  return {
    seconds: hours === undefined ? undefined : Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds),
    bitrate: kilobits === undefined ? undefined : Number(kilobits) * 1_000,
  };
}
