import { execFile } from 'node:child_process';
import { findFfmpeg } from '#lib/ffmpeg/binary.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';

/** Seconds of a file on this machine, as ffmpeg tells them; undefined when it does not know, or there is none. */
export async function fileDuration(file: string, ffmpegPath: string | undefined): Promise<number | undefined> {
  const { FFMPEG_PATH, PATH = '' } = process.env;
  const named = ffmpegPath ?? FFMPEG_PATH;
  const found = await findFfmpeg({
    purpose: 'audio',
    ffmpegPath: named,
    path: PATH,
    required: AUDIO_CAPABILITIES,
  }).catch(() => undefined);
  if (found === undefined) return undefined;
  const text = await new Promise<string>((resolve) => {
    // Without an output ffmpeg describes its input and ends with an error: that is all that is wanted.
    const args = ['-hide_banner', '-protocol_whitelist', 'file', '-i', `file:${file}`];
    execFile(found.path, args, { timeout: LONGEST_LOOK_MS }, (_error, _stdout, stderr) => resolve(stderr));
  });
  const [, hours, minutes, seconds] = /Duration: (\d+):(\d+):([\d.]+)/.exec(text) ?? [];
  return seconds === undefined ? undefined : Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

const LONGEST_LOOK_MS = 5_000;
