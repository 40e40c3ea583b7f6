import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { masterPlaylist } from '#lib/hls/master-playlist.ts';
import { mediaPlaylist, targetSeconds } from '#lib/hls/media-playlist.ts';
import { playlistParts, playlistUris, withUris } from '#lib/hls/playlist-uris.ts';

const MEDIA = mediaPlaylist({
  file: '720p.mp4',
  head: { offset: 0, bytes: 800 },
  segments: [
    { offset: 900, bytes: 1_000, seconds: 4.004 },
    { offset: 1_900, bytes: 500, seconds: 3.9706 },
  ],
  targetSeconds: 4,
});

const MASTER = masterPlaylist({
  sound: { uri: 'audio.m3u8', channels: 2 },
  variants: [
    {
      ...{ uri: '720p.m3u8', peakBits: 2_000_000.2, averageBits: 1_500_000, codecs: ['avc1.64001f', 'mp4a.40.2'] },
      picture: { width: 1280, height: 720, framesPerSecond: 24_000 / 1_001 },
    },
    { uri: 'audio.m3u8', peakBits: 130_000, averageBits: 128_000, codecs: ['mp4a.40.2'] },
  ],
});

describe('a media playlist', () => {
  it('names the parts of one file', () => {
    assert.equal(
      MEDIA,
      `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="720p.mp4",BYTERANGE="800@0"
#EXTINF:4.004000,
#EXT-X-BYTERANGE:1000@900
720p.mp4
#EXTINF:3.970600,
#EXT-X-BYTERANGE:500@1900
720p.mp4
#EXT-X-ENDLIST
`,
    );
  });

  it('has a target duration that no segment exceeds when it is rounded', () => {
    assert.equal(targetSeconds([3.4, 4.49]), 4);
    assert.equal(targetSeconds([3.4, 4.5]), 5);
    assert.equal(targetSeconds([0.2]), 1);
  });
});

describe('a main playlist', () => {
  it('names the variants and their sound', () => {
    assert.equal(
      MASTER,
      `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2000001,AVERAGE-BANDWIDTH=1500000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=23.976,AUDIO="sound"
720p.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=130000,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2",AUDIO="sound"
audio.m3u8
`,
    );
  });
});

describe('the URIs of a playlist', () => {
  it('are those of lines and of attributes', () => {
    assert.deepEqual(playlistUris(MASTER), ['audio.m3u8', '720p.m3u8']);
    assert.deepEqual(playlistUris(MEDIA), ['720p.mp4']);
  });

  it('can be replaced by any URL, and nothing else changes', () => {
    const url = fc
      .webUrl({ withQueryParameters: true, withFragments: true })
      .map((text) => text.replaceAll('"', '%22'));
    fc.assert(
      fc.property(url, (replacement) => {
        const signed = withUris(MEDIA, () => replacement);
        assert.deepEqual(playlistUris(signed), [replacement]);
        assert.equal(
          withUris(signed, () => '720p.mp4'),
          MEDIA,
        );
      }),
    );
  });
});

describe('the parts of a playlist', () => {
  it('are its lines, none of them twice and none cut', () => {
    const text = fc
      .array(fc.constantFrom('', '#EXTINF:4,', '720p.mp4'), { maxLength: 1_000 })
      .map((all) => all.join('\n'));
    fc.assert(
      fc.property(text, (playlist) => {
        const parts = [...playlistParts(playlist)];
        assert.equal(parts.join(''), playlist);
        assert.ok(parts.slice(0, -1).every((part) => part.endsWith('\n')));
        assert.ok(parts.every((part) => part !== '' && part.split('\n').length <= 301));
      }),
    );
  });

  it('of four hours have less than 200 KB each with long signed URLs, all of them 6 MB', () => {
    const segments = Array.from({ length: 3_600 }, (_, index) => ({ offset: index * 1_000, bytes: 1_000, seconds: 4 }));
    const playlist = mediaPlaylist({ file: '720p.mp4', head: { offset: 0, bytes: 800 }, segments, targetSeconds: 4 });
    const url = `https://bucket.s3.amazonaws.com/key?${'x'.repeat(1_600)}`;
    const sizes = [...playlistParts(playlist)].map((part) => withUris(part, () => url).length);
    assert.equal(sizes.length, 37);
    assert.ok(Math.max(...sizes) < 200_000, `${Math.max(...sizes)}`);
    assert.equal(
      sizes.reduce((sum, size) => sum + size),
      withUris(playlist, () => url).length,
    );
  });
});
