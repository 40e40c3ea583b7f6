import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AUDIO_DEMUXERS } from '#lib/containers/audio-demuxers.ts';
import { sniff } from '#lib/containers/sniff.ts';
import { decode, makeTone, makeToneWithCover } from '../sources/support/media.ts';
import { recognised, sniffSparingly } from './support/sniffing.ts';

const AAC = ['-c:a', 'aac'];
const MADE: [
  name: string,
  file: string,
  args: string[],
  container: string,
  demuxer: string,
  index: 'first' | 'last',
][] = [
  ['MP3 without a tag', 'a.mp3', ['-id3v2_version', '0', '-write_xing', '0'], 'mp3', 'mp3', 'first'],
  ['MP3 at a low rate', 'a.mp3', ['-id3v2_version', '0', '-ar', '22050', '-b:a', '32k'], 'mp3', 'mp3', 'first'],
  ['MP3 at the lowest rate', 'a.mp3', ['-id3v2_version', '0', '-ar', '8000', '-b:a', '8k'], 'mp3', 'mp3', 'first'],
  ['MP3 with a variable bitrate', 'a.mp3', ['-id3v2_version', '0', '-q:a', '4'], 'mp3', 'mp3', 'first'],
  ['MPEG layer II', 'a.mp2', ['-ac', '2'], 'mp3', 'mp3', 'first'],
  ['AAC in ADTS', 'a.aac', [], 'adts', 'aac', 'first'],
  ['FLAC', 'a.flac', [], 'flac', 'flac', 'first'],
  ['Ogg Vorbis', 'a.ogg', ['-c:a', 'libvorbis'], 'ogg', 'ogg', 'first'],
  ['Ogg Opus', 'a.opus', [], 'ogg', 'ogg', 'first'],
  ['WAV', 'a.wav', [], 'wav', 'wav', 'first'],
  ['RF64', 'a.wav', ['-rf64', 'always'], 'wav', 'wav', 'first'],
  ['Wave64', 'a.w64', [], 'w64', 'w64', 'first'],
  ['M4A with its index first', 'a.m4a', ['-movflags', '+faststart'], 'mp4', 'mov', 'first'],
  ['M4A with its index last', 'a.m4a', [], 'mp4', 'mov', 'last'],
  ['ALAC with its index last', 'a.m4a', ['-c:a', 'alac'], 'mp4', 'mov', 'last'],
  ['QuickTime with its index last', 'a.mov', AAC, 'mp4', 'mov', 'last'],
  ['fragmented MP4', 'a.mp4', [...AAC, '-movflags', 'frag_keyframe+empty_moov'], 'mp4', 'mov', 'first'],
  ['WebM', 'a.webm', ['-c:a', 'libopus'], 'webm', 'matroska', 'first'],
  ['Matroska', 'a.mka', [], 'matroska', 'matroska', 'first'],
  ['AIFF', 'a.aiff', [], 'aiff', 'aiff', 'first'],
  ['CAF of constant packets', 'a.caf', ['-c:a', 'pcm_s16be'], 'caf', 'caf', 'first'],
  ['WMA', 'a.wma', [], 'asf', 'asf', 'first'],
  ['AC-3', 'a.ac3', [], 'ac3', 'ac3', 'first'],
  ['AC-3 at 44.1 kHz', 'a.ac3', ['-ar', '44100'], 'ac3', 'ac3', 'first'],
  ['E-AC-3', 'a.eac3', [], 'eac3', 'eac3', 'first'],
  ['WavPack', 'a.wv', [], 'wavpack', 'wv', 'first'],
  ['AU', 'a.au', [], 'au', 'au', 'first'],
  ['MPEG-TS', 'a.ts', AAC, 'mpegts', 'mpegts', 'first'],
  ['M2TS', 'a.m2ts', [...AAC, '-mpegts_m2ts_mode', '1'], 'mpegts', 'mpegts', 'first'],
];

describe('sniffing media', () => {
  for (const [name, file, args, container, demuxer, index] of MADE) {
    it(`recognises ${name}`, () => {
      const media = makeTone(file, args);
      const { sniffed, bytes } = sniffSparingly(media);
      assert.deepEqual(sniffed, { kind: 'recognised', container, demuxer, index });
      assert.ok(bytes <= 4096, `needed ${bytes} bytes`);
      if (index === 'first') {
        const seconds = decode(media, demuxer).length / 2 / 48_000;
        assert.ok(Math.abs(seconds - 3) < 0.2, `${demuxer} reads ${seconds} s from a pipe`);
      }
    });
  }

  it('recognises AMR and Monkey’s Audio, which this ffmpeg cannot write', () => {
    const amr = Buffer.concat([Buffer.from('#!AMR\n'), Buffer.alloc(200, 0x3c)]);
    assert.deepEqual(sniff(amr, { ended: true }), recognised('amr', 'amr'));
    const ape = Buffer.concat([Buffer.from('MAC \x96\x0f\0\0', 'latin1'), Buffer.alloc(200)]);
    assert.deepEqual(sniff(ape, { ended: true }), recognised('ape', 'ape'));
  });

  it('finds MP3 after junk, as in a recording that was cut at an arbitrary point', () => {
    const media = makeTone('a.mp3', ['-id3v2_version', '0']).subarray(777);
    assert.deepEqual(sniffSparingly(media).sniffed, recognised('mp3', 'mp3'));
    const junk = Buffer.alloc(30_000, 1);
    assert.deepEqual(sniffSparingly(Buffer.concat([junk, media])).sniffed, recognised('mp3', 'mp3'));
  });

  it('returns the size of a leading tag that contains a cover of 300 KB', () => {
    const media = makeToneWithCover();
    const tag = sniff(media.subarray(0, 64), { ended: false });
    assert.ok(tag.kind === 'tag' && tag.bytes > 300_000);
    assert.deepEqual(sniffSparingly(media.subarray(tag.bytes)).sniffed, recognised('mp3', 'mp3'));
  });

  it('counts the footer of a tag', () => {
    const tag = Buffer.from('ID3\x04\x00\x10\x00\x00\x01\x00'.padEnd(300, '\0'), 'latin1');
    assert.deepEqual(sniff(tag, { ended: true }), { kind: 'tag', bytes: 10 + 128 + 10 });
  });

  it('does not recognise frames of two kinds as MP3', () => {
    const frames = Buffer.alloc(2000, 1);
    Buffer.from([0xff, 0xfb, 0x90, 0x64]).copy(frames);
    Buffer.from([0xff, 0xfb, 0x94, 0x64]).copy(frames, 417);
    assert.deepEqual(sniff(frames, { ended: true }), { kind: 'unrecognised' });
    frames[419] = 0x90;
    assert.deepEqual(sniff(frames, { ended: true }), recognised('mp3', 'mp3'));
  });

  it('does not recognise a single frame header in junk as MP3', () => {
    const header = Buffer.from([0xff, 0xfb, 0x90, 0x64]);
    const junk = Buffer.concat([header, Buffer.alloc(100_000, 1)]);
    assert.deepEqual(sniffSparingly(junk).sniffed, { kind: 'unrecognised' });
  });
});

describe('the demuxers that may read a source', () => {
  it('read audio, but no playlist, image, device or session', () => {
    const harmful = [
      'hls',
      'concat',
      'dash',
      'image2',
      'png_pipe',
      'lavfi',
      'rtsp',
      'sdp',
      'alsa',
      'webm_dash_manifest',
      'imf',
    ];
    assert.deepEqual(
      AUDIO_DEMUXERS.filter((demuxer: string) => harmful.includes(demuxer)),
      [],
    );
    assert.equal(new Set(AUDIO_DEMUXERS).size, AUDIO_DEMUXERS.length);
  });
});
