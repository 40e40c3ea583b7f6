import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FULL_LAYER } from './support/built-layer.ts';
import { ffmpeg } from './support/full-ffmpeg.ts';

/** Returns the names in one of ffmpeg's lists: the first or second word of its lines. */
async function listed(option: string, word: 1 | 2 = 2): Promise<Set<string>> {
  const lines = (await ffmpeg('-hide_banner', option)).toString().split('\n');
  const pattern = word === 1 ? /^ {1,2}([a-z0-9_]+)$/ : /^ [ .A-Z|]{2,6} +([a-zA-Z0-9_,-]+) /;
  return new Set(lines.flatMap((line) => pattern.exec(line)?.[1]?.split(',') ?? []));
}

const FILTERS = [
  ...['drawtext', 'subtitles', 'ass', 'overlay', 'scale', 'crop', 'pad', 'fps', 'xfade', 'concat', 'tile', 'thumbnail'],
  ...['eq', 'hue', 'colorkey', 'chromakey', 'boxblur', 'gblur', 'unsharp', 'transpose', 'rotate', 'zoompan', 'fade'],
  ...[
    'palettegen',
    'paletteuse',
    'yadif',
    'deshake',
    'setpts',
    'select',
    'split',
    'trim',
    'hstack',
    'vstack',
    'xstack',
  ],
  ...['acrossfade', 'afade', 'amix', 'amerge', 'atempo', 'atrim', 'loudnorm', 'sidechaincompress', 'acompressor'],
  ...['equalizer', 'bass', 'treble', 'volume', 'volumedetect', 'silencedetect', 'rubberband', 'arealtime', 'showwaves'],
  ...['zscale', 'tonemap', 'lut3d', 'tpad', 'sidechaincompress', 'alimiter', 'amix'],
  ...['testsrc2', 'sine', 'color', 'anullsrc', 'smptebars', 'aevalsrc', 'anoisesrc'],
];

const ENCODERS = [
  ...['libx264', 'libvpx-vp9', 'aac', 'libopus', 'libmp3lame', 'pcm_s16le', 'gif', 'png', 'mjpeg', 'mov_text', 'srt'],
  ...['subrip', 'ass', 'webvtt', 'flac', 'wrapped_avframe', 'rawvideo'],
];

const DECODERS = [
  ...[
    'h264',
    'hevc',
    'vp8',
    'vp9',
    'libdav1d',
    'mpeg1video',
    'mpeg2video',
    'mpeg4',
    'prores',
    'dnxhd',
    'theora',
    'mjpeg',
  ],
  ...['png', 'gif', 'webp', 'tiff', 'bmp', 'exr', 'wmv3', 'vc1', 'flv', 'dvvideo', 'ffv1', 'cinepak', 'rawvideo'],
  ...['aac', 'mp3', 'opus', 'vorbis', 'flac', 'alac', 'ac3', 'eac3', 'dca', 'truehd', 'wmav2', 'amrnb', 'amrwb', 'ape'],
  ...['ass', 'subrip', 'webvtt', 'mov_text', 'dvbsub', 'dvdsub', 'pgssub', 'libvpx-vp9'],
];

const DEMUXERS = [
  ...['mov', 'matroska', 'mpegts', 'mpeg', 'avi', 'flv', 'asf', 'ogg', 'wav', 'mp3', 'aac', 'flac', 'hls', 'concat'],
  ...['image2', 'image2pipe', 'gif', 'lavfi', 'mxf', 'ass', 'srt', 'webvtt', 'rawvideo', 'nut'],
];

const MUXERS = [
  ...['mp4', 'mov', 'matroska', 'webm', 'mp3', 'adts', 'wav', 'gif', 'image2', 'hls', 'dash', 'mpegts', 'flv', 'tee'],
  ...['fifo', 'null', 'segment', 'ogg', 'opus', 'srt', 'ass', 'webvtt', 'rawvideo', 's16le', 'data', 'framemd5'],
];

const PROTOCOLS = [
  ...['async', 'cache', 'crypto', 'data', 'file', 'http', 'httpproxy', 'https', 'pipe', 'rtmp', 'rtmps', 'srt', 'tcp'],
  ...['tee', 'tls', 'udp', 'unix'],
];

describe('the full layer', { skip: FULL_LAYER.missing }, () => {
  for (const [option, wanted] of Object.entries({
    '-filters': FILTERS,
    '-encoders': ENCODERS,
    '-decoders': DECODERS,
    '-demuxers': DEMUXERS,
    '-muxers': MUXERS,
  })) {
    it(`has the required ${option.slice(1)}`, async () => {
      const there = await listed(option);
      assert.deepEqual(
        wanted.filter((name) => !there.has(name)),
        [],
      );
    });
  }

  it('supports exactly the listed protocols', async () => {
    assert.deepEqual([...(await listed('-protocols', 1))].toSorted(), PROTOCOLS);
  });

  it('has no device except lavfi, and no session protocol that could redirect it', async () => {
    assert.deepEqual([...(await listed('-devices'))], ['lavfi']);
    const [demuxers, muxers] = [await listed('-demuxers'), await listed('-muxers')];
    for (const name of ['rtsp', 'sdp', 'rtp', 'sap']) assert.ok(!demuxers.has(name) && !muxers.has(name), name);
  });
});
