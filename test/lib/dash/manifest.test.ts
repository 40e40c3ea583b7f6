import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { baseUrls, withBaseUrls } from '#lib/dash/base-urls.ts';
import { manifest } from '#lib/dash/manifest.ts';
import { escapeXml, unescapeXml } from '#lib/dash/xml.ts';

const PARTS = { head: { offset: 0, bytes: 800 }, index: { offset: 800, bytes: 100 } };
const MANIFEST = manifest({
  seconds: 60.06,
  segmentSeconds: 4.004,
  frameRate: { num: 24_000, den: 1_001 },
  films: [
    { id: '720p', file: '720p.mp4', codec: 'avc1.64001f', peakBits: 2_000_000.5, width: 1280, height: 720, ...PARTS },
  ],
  sound: {
    id: 'audio',
    file: 'audio.mp4',
    codec: 'mp4a.40.2',
    peakBits: 130_000,
    sampleRate: 48_000,
    channels: 2,
    ...PARTS,
  },
});

describe('a manifest', () => {
  it('describes films and sound with their indexes', () => {
    assert.equal(
      MANIFEST,
      `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static" mediaPresentationDuration="PT60.060S" maxSubsegmentDuration="PT4.004S" minBufferTime="PT2S">
  <Period id="0" start="PT0S">
    <AdaptationSet id="0" contentType="video" mimeType="video/mp4" subsegmentAlignment="true" subsegmentStartsWithSAP="1">
      <Representation id="720p" codecs="avc1.64001f" bandwidth="2000001" width="1280" height="720" frameRate="24000/1001" sar="1:1">
        <BaseURL>720p.mp4</BaseURL>
        <SegmentBase indexRange="800-899"><Initialization range="0-799"/></SegmentBase>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" subsegmentAlignment="true" subsegmentStartsWithSAP="1">
      <Representation id="audio" codecs="mp4a.40.2" bandwidth="130000" audioSamplingRate="48000">
        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
        <BaseURL>audio.mp4</BaseURL>
        <SegmentBase indexRange="800-899"><Initialization range="0-799"/></SegmentBase>
      </Representation>
    </AdaptationSet>
  </Period>
</MPD>
`,
    );
  });

  it('has base URLs that can be replaced by any text', () => {
    fc.assert(
      fc.property(fc.string(), (url) => {
        const signed = withBaseUrls(MANIFEST, () => url);
        assert.deepEqual(baseUrls(signed), [url, url]);
        assert.ok(!/<BaseURL>[^<]*[<>"](?!\/)/.test(signed));
      }),
    );
  });

  it('escapes every text so that it can be read back', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(unescapeXml(escapeXml(text)), text)));
    assert.equal(escapeXml('a?b=1&c="<>"'), 'a?b=1&amp;c=&quot;&lt;&gt;&quot;');
  });
});
