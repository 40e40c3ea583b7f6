/** Container and codec as ffmpeg names them, such as `mp3`/`mp3`, `mov`/`aac`, `ogg`/`vorbis`. */
export type InputFormat = { readonly container: string; readonly codec: string };

export type InputFormatReader = {
  /** Takes one line of the log. */
  read(line: string): void;
  /** The first input and its first audio stream; pending until ffmpeg has told both. */
  readonly detected: Promise<InputFormat>;
};

const INPUT = /^Input #0, ([\w-]+)/;
const AUDIO_STREAM = /^\s*Stream #0:\d+.*?: Audio: ([\w-]+)/;

/** Reads what ffmpeg detected from the lines it logs when it has opened its input. */
export function createInputFormatReader(): InputFormatReader {
  const { promise, resolve } = Promise.withResolvers<InputFormat>();
  let container: string | undefined;
  let codec: string | undefined;
  return {
    read(line) {
      if (codec !== undefined) return;
      container ??= INPUT.exec(line)?.[1];
      if (container === undefined) return;
      codec = AUDIO_STREAM.exec(line)?.[1];
      if (codec !== undefined) resolve({ container, codec });
    },
    detected: promise,
  };
}
