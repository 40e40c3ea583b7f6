import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AUDIO_KINDS } from '../../test/layers/support/audio-kinds.ts';
import { MEDIA_FFMPEG } from '../../test/support/ffmpeg.ts';
import { MUSIC_FILE } from '../../test/support/media.ts';

const run = promisify(execFile);

/** File name → bytes. */
export type Corpus = ReadonlyMap<string, Buffer>;

const MP3 = ['-c:a', 'libmp3lame'];

/** Variations in the content of files: tags, indexes, rates, and streams other than sound. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  'id3v2.mp3': [...MP3, '-metadata', 'title=A title', '-metadata', 'comment=A comment', '-id3v2_version', '3'],
  'id3v1.mp3': [...MP3, '-write_id3v1', '1', '-id3v2_version', '0', '-metadata', 'title=A title'],
  'no-xing.mp3': [...MP3, '-write_xing', '0', '-id3v2_version', '0'],
  'mono-8000.wav': ['-c:a', 'pcm_s16le', '-ac', '1', '-ar', '8000'],
  'stereo-96000.wav': ['-c:a', 'pcm_s24le', '-ar', '96000'],
  'six-channels.wav': ['-c:a', 'pcm_s16le', '-ac', '6'],
  'mono-16000.opus': ['-c:a', 'libopus', '-ac', '1', '-ar', '16000'],
  'mono-8000.flac': ['-c:a', 'flac', '-ac', '1', '-ar', '8000'],
  'tags.ogg': ['-c:a', 'libvorbis', '-metadata', 'title=A title', '-metadata', `comment=${'x'.repeat(5_000)}`],
  'tags.m4a': ['-c:a', 'aac', '-metadata', 'title=A title', '-movflags', '+faststart+use_metadata_tags'],
};

export type CorpusOptions = {
  /** Length of each file. */
  readonly seconds: number;
  /** Names of the files; all when absent. */
  readonly names?: readonly string[];
};

/** Creates a file of every kind that this machine's ffmpeg can encode, and joined files. */
export async function makeCorpus({ seconds, names }: CorpusOptions): Promise<Corpus> {
  const directory = await mkdtemp(join(tmpdir(), 'fuzz-corpus-'));
  try {
    const { stdout: encoders } = await run(MEDIA_FFMPEG, ['-hide_banner', '-encoders']);
    const kinds = Object.entries({ ...AUDIO_KINDS, ...VARIANTS }).filter(
      ([name, options]) => (names === undefined || names.includes(name)) && hasEncoder(encoders, options),
    );
    const outputs = kinds.flatMap(([name, options]) => ['-map', '0:a', ...options, join(directory, name)]);
    await run(MEDIA_FFMPEG, ['-v', 'error', '-ss', '20', '-t', String(seconds), '-i', MUSIC_FILE, ...outputs]);
    const files = kinds.map(async ([name]) => [name, await readFile(join(directory, name))] as const);
    return withJoined(new Map([...(await Promise.all(files)), ...(names === undefined ? writtenFiles() : [])]));
  } finally {
    await rm(directory, { recursive: true });
  }
}

function hasEncoder(encoders: string, options: readonly string[]): boolean {
  const name = options[options.indexOf('-c:a') + 1];
  return !options.includes('-c:a') || new RegExp(` ${name} `).test(encoders);
}

/** A second of AMR frames (RFC 4867, section 5.3) with arbitrary sound: the distribution's ffmpeg has no encoder. */
function writtenFiles(): readonly (readonly [string, Buffer])[] {
  const frames = (header: number, bytes: number): Buffer[] =>
    Array.from({ length: 50 }, (_, frame) =>
      Buffer.from(
        Array.from({ length: bytes }, (__, at) => (at === 0 ? header : Math.imul(frame * 61 + at, 0x9e37_79b1) >>> 24)),
      ),
    );
  return [
    ['narrow.amr', Buffer.concat([Buffer.from('#!AMR\n'), ...frames(0x3c, 32)])],
    ['wide.amr', Buffer.concat([Buffer.from('#!AMR-WB\n'), ...frames(0x44, 61)])],
  ];
}

/** Several streams in one file, one after the other, as radio stations and careless tools produce them. */
const JOINED: Readonly<Record<string, readonly string[]>> = {
  'chained.ogg': ['vorbis.ogg', 'tags.ogg'],
  'chained.opus': ['opus.opus', 'mono-16000.opus'],
  'chained-codecs.ogg': ['vorbis.ogg', 'opus.opus', 'flac.ogg'],
  'joined.mp3': ['mp3.mp3', 'mp3-vbr-mono.mp3', 'id3v1.mp3'],
  'joined.aac': ['aac.aac', 'aac.aac'],
};

function withJoined(made: Corpus): Corpus {
  const joined = Object.entries(JOINED).flatMap(([name, parts]) => {
    const bytes = parts.map((part) => made.get(part));
    return bytes.every((part) => part !== undefined) ? [[name, Buffer.concat(bytes)] as const] : [];
  });
  return new Map([...made, ...joined]);
}
