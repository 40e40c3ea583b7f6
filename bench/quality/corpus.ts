import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sound } from '../../test/support/audio.ts';
import { MEDIA_FFMPEG } from '../../test/support/ffmpeg.ts';
import { CRITICAL_SOUNDS } from './critical-sounds.ts';
import { soundFrom } from './encoding.ts';

export type NamedSound = { readonly name: string; readonly sound: Sound };

const MEDIA = fileURLToPath(new URL('../../test/media/', import.meta.url));

type Excerpt = { readonly file: string; readonly from: number; readonly seconds: number };

const RECORDINGS: Readonly<Record<string, Excerpt>> = {
  'music, opening': { file: 'vibe-ace.ogg', from: 0, seconds: 6 },
  'music, theme': { file: 'vibe-ace.ogg', from: 18, seconds: 6 },
  'music, solo': { file: 'vibe-ace.ogg', from: 34, seconds: 6 },
  'music, end': { file: 'vibe-ace.ogg', from: 50, seconds: 6 },
  speech: { file: 'sense-and-sensibility.flac', from: 0, seconds: 8 },
};

/** Returns the sounds to judge encoders by: recordings, sounds that are hard to encode, and the files of a folder. */
export async function corpus(folder?: string): Promise<NamedSound[]> {
  const own = folder === undefined ? [] : (await readdir(folder)).toSorted().map((file) => join(folder, file));
  const recordings = Object.entries(RECORDINGS).map(async ([name, { file, from, seconds }]) => ({
    name,
    sound: await soundFrom(MEDIA_FFMPEG, ['-ss', String(from), '-t', String(seconds), '-i', join(MEDIA, file)]),
  }));
  const critical = Object.entries(CRITICAL_SOUNDS).map(([name, make]) => ({ name, sound: make() }));
  const others = own.map(async (file) => ({
    name: parse(file).name,
    sound: await soundFrom(MEDIA_FFMPEG, ['-i', file]),
  }));
  return [...(await Promise.all(recordings)), ...critical, ...(await Promise.all(others))];
}
