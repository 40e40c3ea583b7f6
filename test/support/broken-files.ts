import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { createMediaFolder, tone } from './media.ts';

/** Files without playable sound, by name. Each is UNSUPPORTED_FORMAT for every client of ffmpeg. */
export async function brokenFiles(): Promise<ReadonlyMap<string, Buffer>> {
  await using media = await createMediaFolder();
  const options = ['-ar', '48000', '-c:a'];
  const flac = await media.make('whole.flac', tone(440, 1));
  const m4a = await media.make('whole.m4a', tone(440, 1), [...options, 'aac']);
  const indexed = await media.make('indexed.m4a', tone(440, 1), [...options, 'aac', '-movflags', '+faststart']);
  const ogg = await media.make('whole.ogg', tone(440, 1), [...options, 'libvorbis']);
  const webm = await media.make('whole.webm', tone(440, 1), [...options, 'libopus']);
  const silentFilm = await media.make('film.mp4', { lavfi: 'testsrc=d=1:s=64x64' }, ['-c:v', 'mpeg4']);
  return new Map<string, Buffer>([
    ['empty.mp3', Buffer.alloc(0)],
    ['three-bytes.mp3', Buffer.of(0xff, 0xfb, 0x90)],
    ['one-frame.mp3', kept('mp3-one-frame.mp3')],
    ['page.mp3', Buffer.from('<!doctype html><html><head><title>No music</title></head><body>Nor here.</body></html>')],
    ['data.json', Buffer.from(JSON.stringify({ error: 'not found', tracks: [1, 2, 3] }))],
    ['paper.pdf', Buffer.concat([Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'), randomBytes(5_000)])],
    ['archive.zip', Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\x08\0', 'latin1'), randomBytes(5_000)])],
    ['picture.png', PNG],
    ['zeros.wav', Buffer.alloc(100_000)],
    ['random', randomBytes(100_000)],
    ['random.mp3', randomBytes(100_000)],
    ['random.m4a', randomBytes(100_000)],
    ['tag-alone.mp3', Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\x08\0', 'latin1'), Buffer.alloc(1_024)])],
    ['no-samples.wav', kept('wav-empty.wav')],
    ['cut-header.wav', kept('wav-empty.wav').subarray(0, 16)],
    ['no-data.avi', riff('AVI ', 'LIST\xc0\0\0\0hdrlavih')],
    ['cut-header.flac', flac.subarray(0, 30)],
    ['header-alone.flac', flac.subarray(0, flac.indexOf(Buffer.of(0xff, 0xf8), 42))],
    ['random.flac', Buffer.concat([Buffer.from('fLaC'), randomBytes(50_000)])],
    ['cut-header.ogg', ogg.subarray(0, 40)],
    ['random.ogg', Buffer.concat([ogg.subarray(0, 27), randomBytes(50_000)])],
    ['no-headers.opus', kept('opus-no-headers.opus')],
    ['no-moov.m4a', m4a.subarray(0, m4a.indexOf('moov') - 4)],
    ['cut-moov.m4a', indexed.subarray(0, indexed.indexOf('moov') + 200)],
    ['cut-header.webm', webm.subarray(0, 60)],
    ['random.mkv', Buffer.concat([webm.subarray(0, 4), randomBytes(50_000)])],
    ['no-sound.mp4', silentFilm],
  ]);
}

/** The files that are valid media without a single sample. */
export const SOUNDLESS_FILES = ['no-samples.wav', 'header-alone.flac'] as const;

/** A file in test/media. */
function kept(name: string): Buffer {
  return readFileSync(new URL(`../media/${name}`, import.meta.url));
}

/** Pseudo-random bytes, the same in every run. */
function randomBytes(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(length));
}

function riff(form: string, content: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(1_000_000);
  return Buffer.concat([Buffer.from('RIFF'), size, Buffer.from(form + content, 'latin1')]);
}

/** 16 × 16 pixels of one colour. The checksums are wrong; no audio reader checks them. */
const PNG = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  chunk('IHDR', Buffer.from([0, 0, 0, 16, 0, 0, 0, 16, 8, 0, 0, 0, 0])),
  chunk('IDAT', deflateSync(Buffer.alloc(16 * 17))),
  chunk('IEND', Buffer.alloc(0)),
]);

function chunk(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(type, 'latin1'), content, Buffer.alloc(4)]);
}
