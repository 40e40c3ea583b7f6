import { execFile } from 'node:child_process';
import { findFfmpeg } from '#lib/ffmpeg/binary.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';
import type { TranscodeRecord } from '../../service/transcode-record.ts';

/** The length of a source, seconds. An estimate is calculated from its size and the bitrate at its beginning. */
export type SourceLength = { readonly seconds: number; readonly isEstimate: boolean };

/** Containers with their length at the beginning or a constant bitrate, by ffmpeg's names. */
const EXACT: ReadonlySet<string> = new Set([
  'aiff',
  'ape',
  'asf',
  'au',
  'caf',
  'flac',
  'matroska',
  'mov',
  'w64',
  'wav',
  'wv',
]);
/** Its length is at its end, and the bitrate at its beginning is the encoder's setting, not the actual bitrate. */
const UNKNOWABLE = 'ogg';

/** Returns the length in the service's record; undefined until it is known. */
export function recordedLength({ source_format, progress }: TranscodeRecord): SourceLength | undefined {
  const { duration_seconds: seconds } = progress;
  const [container = ''] = source_format?.split('/') ?? [];
  if (seconds === null || container === UNKNOWABLE) return undefined;
  return { seconds, isEstimate: !EXACT.has(container) };
}

/** Returns the length of a file as ffmpeg reports it; undefined if it is unknown or there is no ffmpeg. */
export async function fileLength(file: string, ffmpegPath: string | undefined): Promise<SourceLength | undefined> {
  const { FFMPEG_PATH, PATH = '' } = process.env;
  const named = ffmpegPath ?? FFMPEG_PATH;
  const found = await findFfmpeg({
    purpose: 'audio',
    ffmpegPath: named,
    path: PATH,
    confinement: 'limits',
    required: AUDIO_CAPABILITIES,
  }).catch(() => undefined);
  if (found === undefined) return undefined;
  const text = await new Promise<string>((resolve) => {
    // Without an output, ffmpeg describes its input and exits with an error: only the description is needed.
    const args = ['-hide_banner', '-protocol_whitelist', 'file', '-i', `file:${file}`];
    execFile(found.path, args, { timeout: LONGEST_PROBE_MS }, (_error, _stdout, stderr) => resolve(stderr));
  });
  const [, hours, minutes, seconds] = /Duration: (\d+):(\d+):([\d.]+)/.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  return {
    seconds: Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds),
    isEstimate: /duration from bitrate|bitrate for duration/.test(text),
  };
}

const LONGEST_PROBE_MS = 5_000;
