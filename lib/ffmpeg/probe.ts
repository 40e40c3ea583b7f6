import { addAbortListener } from 'node:events';
import type { FfmpegCommand, FfmpegProcess, StopPolicy } from './process.ts';

/** An audio stream as ffmpeg describes it. */
export type AudioStream = {
  readonly codec: string;
  /** Such as `LC`; undefined if the codec has none. */
  readonly profile: string | undefined;
  readonly sampleRate: number;
  /** Such as `stereo`, or `2 channels (FR+FL)` for a layout without a name. */
  readonly layout: string;
  readonly sampleFormat: string;
  /** bit/s, a multiple of 1,000; undefined if the container does not state it. */
  readonly bitrate: number | undefined;
};

export type ProbeOptions = {
  readonly start: (command: Omit<FfmpegCommand, 'program'>, stop: StopPolicy['by']) => FfmpegProcess;
  /** Input options, and an output that discards everything. */
  readonly args: readonly string[];
  /** What to probe: the first bytes of a source, or an open file. */
  readonly input: Buffer | { readonly fd: number };
  readonly signal: AbortSignal;
};

const STREAM =
  /^\s*Stream #0:\d+.*?: Audio: ([\w-]+)(?: \(([^)/]+)\))?(?: \([^)]* \/ [^)]*\))?, (\d+) Hz, ([^,]+), ([a-z]\w*)(?: \([^)]*\))?(?:, (\d+) kb\/s)?/;

/** Parses the line that ffmpeg logs for an audio stream; undefined for other lines and unidentified streams. */
export function readAudioStream(line: string): AudioStream | undefined {
  const [, codec, profile, sampleRate, layout, sampleFormat, kilobits] = STREAM.exec(line) ?? [];
  if (codec === undefined || layout === undefined || sampleFormat === undefined) return undefined;
  const bitrate = kilobits === undefined ? undefined : Number(kilobits) * 1_000;
  return { codec, profile, sampleRate: Number(sampleRate), layout, sampleFormat, bitrate };
}

/** Returns the first audio stream; undefined if none is found before the signal is aborted. Throws as `start` does. */
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
