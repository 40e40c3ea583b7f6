import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mp4Fragments, mp4Fragments } from '#lib/containers/mp4-fragments.ts';
import { AppError } from '#lib/errors.ts';
import type { Scratch } from './scratch.ts';

/** Reads how a file in `outputs` is cut. Throws FFMPEG_ERROR `{reason: 'unexpected_result'}` for one that is not. */
export async function readFragments(file: string, { path }: Pick<Scratch, 'path'>): Promise<Mp4Fragments> {
  await using handle = await open(join(path, 'outputs', file));
  const found = await mp4Fragments(async (position, length) => {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  });
  if (found !== undefined) return found;
  const message = `ffmpeg made a file that is not cut into segments: ${file}`;
  throw new AppError('FFMPEG_ERROR', { reason: 'unexpected_result', phase: 'encoding' }, { message });
}
