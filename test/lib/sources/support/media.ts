import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MEDIA_FFMPEG } from '../../../support/ffmpeg.ts';

/** Returns three seconds of a tone, encoded and muxed with `args`. The extension of `name` selects the container. */
export function makeTone(name: string, args: readonly string[] = []): Buffer {
  return makeMedia(name, ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=3', ...args]);
}

/** Returns the same tone as MP3 with an ID3 tag that contains a picture of over 300 KB. */
export function makeToneWithCover(): Buffer {
  const noise = 'nullsrc=size=800x800:duration=1:rate=1,geq=random(1)*255:128:128,format=rgb24';
  const inputs = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=3', '-f', 'lavfi', '-i', noise];
  const cover = ['-map', '0', '-map', '1', '-c:v', 'png', '-frames:v', '1', '-disposition:v', 'attached_pic'];
  return makeMedia('tone.mp3', [...inputs, ...cover, '-id3v2_version', '3', '-metadata', 'title=Tone']);
}

/** Decodes `media` from a pipe with `demuxer`. Returns mono samples at 48 kHz, 16 bits. */
export function decode(media: Buffer, demuxer: string): Buffer {
  const input = ['-f', demuxer, '-i', 'pipe:0'];
  return execFileSync(
    MEDIA_FFMPEG,
    ['-v', 'error', ...input, '-vn', '-ac', '1', '-ar', '48000', '-f', 's16le', 'pipe:1'],
    {
      input: media,
      stdio: 'pipe',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
}

export function ffmpeg(
  args: readonly string[],
  stdio: 'pipe' | readonly ('ignore' | 'pipe' | number)[] = 'pipe',
): Buffer {
  return execFileSync(MEDIA_FFMPEG, ['-v', 'error', ...args], {
    stdio: stdio === 'pipe' ? stdio : [...stdio],
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** Returns the output of ffmpeg with `args`. The extension of `name` selects the container. */
export function makeMedia(name: string, args: readonly string[]): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'sources-media-'));
  try {
    const path = join(directory, name);
    execFileSync(MEDIA_FFMPEG, ['-v', 'error', ...args, path]);
    return readFileSync(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
