import { addAbortListener } from 'node:events';
import type { FfmpegCommand, FfmpegProcess, StopPolicy } from './process.ts';

/** An audio stream as ffmpeg describes it, in its words. */
export type AudioStream = {
  readonly codec: string;
  /** Such as `LC`; undefined where the codec has none. */
  readonly profile: string | undefined;
  readonly sampleRate: number;
  /** Such as `stereo`, or `2 channels (FR+FL)` for what has no name. */
  readonly layout: string;
  readonly sampleFormat: string;
  /** bit/s, in thousands; undefined where the container does not have it. */
  readonly bitrate: number | undefined;
};

export type ProbeOptions = {
  readonly start: (command: Omit<FfmpegCommand, 'binary'>, stop: StopPolicy['by']) => FfmpegProcess;
  /** Input options, and an output that takes nothing. */
  readonly args: readonly string[];
  /** What is to be looked at: the first bytes of it, or an open file. */
  readonly input: Buffer | { readonly fd: number };
  readonly signal: AbortSignal;
};

const STREAM =
  /^\s*Stream #0:\d+.*?: Audio: ([\w-]+)(?: \(([^)/]+)\))?(?: \([^)]* \/ [^)]*\))?, (\d+) Hz, ([^,]+), ([a-z]\w*)(?: \([^)]*\))?(?:, (\d+) kb\/s)?/;

/** Reads the line that ffmpeg logs of a stream; undefined for any other, and for a stream it could not make out. */
export function readAudioStream(line: string): AudioStream | undefined {
  const [, codec, profile, sampleRate, layout, sampleFormat, kilobits] = STREAM.exec(line) ?? [];
  if (codec === undefined || layout === undefined || sampleFormat === undefined) return undefined;
  const bitrate = kilobits === undefined ? undefined : Number(kilobits) * 1_000;
  return { codec, profile, sampleRate: Number(sampleRate), layout, sampleFormat, bitrate };
}

/** The first audio stream as ffmpeg sees it; undefined when it sees none before the signal is aborted. Throws as `start` does. */
export async function probe({ start, args, input, signal }: ProbeOptions): Promise<AudioStream | undefined> {
  if (signal.aborted) return undefined;
  let stream: AudioStream | undefined;
  const onLog = (line: string): void => {
    stream ??= readAudioStream(line);
  };
  const isHead = Buffer.isBuffer(input);
  const process = start({ args, input: isHead ? 'pipe' : input, onLog }, 'SIGTERM');
  using _ = addAbortListener(signal, () => void process.kill());
  process.output.resume();
  if (isHead) process.input?.end(input);
  const { kind } = await process.outcome;
  return kind === 'finished' ? stream : undefined;
}
