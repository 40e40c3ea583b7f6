import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AudioStream } from '#lib/ffmpeg/probe.ts';
import { asksForFormatOnly, bitrateFits, mp4Fits, opusFits, streamFits } from '#lib/playback/passthrough-rules.ts';
import { settingsOf } from '#lib/playback/request.ts';
import { profileOf } from '#lib/playback/settings.ts';
import { acceptedRequests, playbackSettings } from '../../support/transcode-requests.ts';
import '../../support/fixed-seed.ts';

const requests = acceptedRequests({ maxSeconds: 100 });
const PLAIN = { speed: 1, pitch: 0, volume: 1 } as const;

describe('a request for a format only', () => {
  it('may state the defaults explicitly', () => {
    const flat = [{}, { eq_preset: 'flat' }, { equalizer: Array(10).fill(0) }, { speed: 1, pitch: 0, volume: 1 }];
    for (const filters of flat) assert.equal(asksForFormatOnly(playbackSettings({ filters })), true);
  });

  it('is one no longer once any field differs', () => {
    const others = fc.constantFrom<Record<string, unknown>>(
      { live: true },
      { start_at: 0.001 },
      { duration: 1_000 },
      { sample_rate: 24_000 },
      { filters: { ...PLAIN, speed: 1.001 } },
      { filters: { ...PLAIN, pitch: -1 } },
      { filters: { ...PLAIN, volume: 0 } },
      { filters: { ...PLAIN, eq_preset: 'voice' } },
      { filters: { ...PLAIN, equalizer: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0.1] } },
    );
    fc.assert(
      fc.property(requests, others, (request, other) => {
        const asked = { ...request, output_format: 'opus' as const, ...other };
        assert.equal(asksForFormatOnly(settingsOf(asked)), false);
      }),
    );
  });

  it('is recognised regardless of its other fields', () => {
    const plain = { filters: PLAIN, start_at: 0, duration: undefined, live: false, sample_rate: 48_000 as const };
    fc.assert(
      fc.property(requests, (request) => assert.equal(asksForFormatOnly(settingsOf({ ...request, ...plain })), true)),
    );
  });
});

const OPUS = profileOf(playbackSettings());
const AAC = profileOf(playbackSettings({ output_format: 'aac' }));

describe('the output of a profile', () => {
  for (const [format, most] of [
    ['opus', 1.3],
    ['aac', 1.1],
  ] as const) {
    it(`has a bitrate from half to ${most} times the requested one: ${format}`, () => {
      const asked = { format, bitrate: 96_000 };
      fc.assert(
        fc.property(fc.double({ min: 0, max: 3, noNaN: true }), (share) => {
          assert.equal(bitrateFits(asked, share * 96_000), share >= 0.5 && share <= most);
        }),
        { examples: [[0.5], [most], [0.499_9], [most + 0.000_1]] },
      );
      assert.deepEqual([bitrateFits(asked, undefined), bitrateFits(asked, Number.NaN)], [false, false]);
    });
  }

  it('has its codec, rate and layout', () => {
    const stream: AudioStream = {
      codec: 'aac',
      profile: 'LC',
      sampleRate: 48_000,
      layout: 'stereo',
      sampleFormat: 'fltp',
      bitrate: undefined,
    };
    assert.equal(streamFits(AAC, stream), true);
    assert.equal(streamFits(OPUS, { ...stream, codec: 'opus', profile: undefined }), true);
    const others: Partial<AudioStream>[] = [
      { codec: 'mp3' },
      { profile: 'HE-AAC' },
      { profile: undefined },
      { sampleRate: 44_100 },
      { layout: 'mono' },
      { layout: '2 channels (FR+FL)' },
    ];
    for (const other of others) assert.equal(streamFits(AAC, { ...stream, ...other }), false, JSON.stringify(other));
  });

  it('has Opus packets with one frame of its length each', () => {
    const packet = { mode: 'celt', frames: 1, samples: 960 } as const;
    const opus = {
      serial: 1,
      channels: 2,
      preSkip: 312,
      isPlain: true,
      isWhole: true,
      packets: [packet, { ...packet, mode: 'hybrid' as const }],
      audioAt: 100,
      payloadShare: 0.9,
    };
    assert.equal(opusFits(OPUS, opus), true);
    const fast = { ...opus, preSkip: 120, packets: [{ ...packet, samples: 480 }] };
    const lowLatency = { ...OPUS, preset: 'lowlatency' as const };
    assert.equal(opusFits(lowLatency, fast), true);
    assert.equal(opusFits(lowLatency, { ...fast, packets: [{ mode: 'hybrid', frames: 1, samples: 480 }] }), false);
    const others = [
      { packets: [] },
      { packets: [packet, { ...packet, frames: 2 }] },
      { packets: [packet, { ...packet, samples: 1_920 }] },
      { channels: 1 },
      { preSkip: 120 },
      { isPlain: false },
      { isWhole: false },
    ];
    for (const other of others) assert.equal(opusFits(OPUS, { ...opus, ...other }), false, JSON.stringify(other));
  });

  it('has AAC in an MP4 after one frame, with a config that ADTS can express', () => {
    const plain = { priming: 1_024, config: 0x1190 };
    assert.equal(mp4Fits(AAC, plain), true);
    // Without priming, with different priming; Main, HE, 44.1 kHz, mono, frames of 960 samples.
    for (const other of [0, 2_112]) assert.equal(mp4Fits(AAC, { ...plain, priming: other }), false);
    for (const config of [0x0990, 0x2990, 0x1210, 0x1188, 0x1194])
      assert.equal(mp4Fits(AAC, { ...plain, config }), false);
  });
});
