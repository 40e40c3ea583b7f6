import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AudioProfile,
  audioContentType,
  audioProfile,
  audioProfileArguments,
  maxAacBitrate,
  OUTPUT_FORMATS,
  type Pace,
  QUALITY_PRESETS,
  SAMPLE_RATES,
} from '#lib/profiles/audio.ts';

const STANDARD: AudioProfile = {
  format: 'opus',
  preset: 'standard',
  bitrate: undefined,
  sampleRate: 48_000,
  channels: 2,
};

function argumentsOf(request: Partial<AudioProfile>, pace: Pace = 'paced'): string {
  return audioProfileArguments(audioProfile({ ...STANDARD, ...request }), pace).join(' ');
}

describe('an audio profile', () => {
  it('takes its bitrate from the preset', () => {
    const bitrates = (['opus', 'aac', 'pcm'] as const).map((format) =>
      QUALITY_PRESETS.map((preset) => audioProfile({ ...STANDARD, format, preset }).bitrate),
    );
    assert.deepEqual(bitrates, [
      [96_000, 96_000, 128_000],
      [128_000, 128_000, 192_000],
      [undefined, undefined, undefined],
    ]);
  });

  it('prefers the requested bitrate to the preset’s', () => {
    assert.equal(audioProfile({ ...STANDARD, bitrate: 32_000 }).bitrate, 32_000);
    assert.equal(audioProfile({ ...STANDARD, format: 'aac', preset: 'high', bitrate: 64_000 }).bitrate, 64_000);
  });

  it('limits the bitrate of an AAC preset to what its frames can hold', () => {
    for (const preset of QUALITY_PRESETS) {
      for (const sampleRate of SAMPLE_RATES) {
        for (const channels of [1, 2] as const) {
          const { bitrate = 0 } = audioProfile({ ...STANDARD, format: 'aac', preset, sampleRate, channels });
          assert.ok(bitrate <= maxAacBitrate(sampleRate, channels), `${preset} ${sampleRate} ${channels}`);
        }
      }
    }
    assert.equal(audioProfile({ ...STANDARD, format: 'aac', sampleRate: 8_000, channels: 1 }).bitrate, 48_000);
  });

  it('allows AAC 6144 bits a frame and channel', () => {
    assert.equal(maxAacBitrate(8_000, 1), 48_000);
    assert.equal(maxAacBitrate(16_000, 2), 192_000);
    assert.equal(maxAacBitrate(48_000, 2), 576_000);
  });
});

describe('the arguments of an audio profile', () => {
  it('output Opus page by page', () => {
    assert.equal(
      argumentsOf({}),
      '-ar 48000 -ac 2 -c:a libopus -b:a 96000 -vbr constrained -application audio -frame_duration 20 -compression_level 5 ' +
        '-bsf:a setts=ts=if(N\\,PREV_OUTPTS+PREV_OUTDURATION\\,PTS) -f ogg -page_duration 100000 -serial_offset 1 -flush_packets 1',
    );
  });

  it('output Opus in shorter pages with low latency', () => {
    assert.equal(
      argumentsOf({ preset: 'lowlatency' }),
      '-ar 48000 -ac 2 -c:a libopus -b:a 96000 -vbr constrained -application lowdelay -frame_duration 10 -compression_level 7 ' +
        '-bsf:a setts=ts=if(N\\,PREV_OUTPTS+PREV_OUTDURATION\\,PTS) -f ogg -page_duration 10000 -serial_offset 1 -flush_packets 1',
    );
  });

  it('use longer pages when output is not paced', () => {
    assert.match(argumentsOf({}, 'unpaced'), /-page_duration 200000 /);
    assert.equal(argumentsOf({ preset: 'lowlatency' }, 'unpaced'), argumentsOf({ preset: 'lowlatency' }));
  });

  it('output AAC in ADTS', () => {
    assert.equal(
      argumentsOf({ format: 'aac', preset: 'high', sampleRate: 44_100 }),
      '-ar 44100 -ac 2 -c:a aac -b:a 192000 -f adts -flush_packets 1',
    );
  });

  it('output plain PCM', () => {
    assert.equal(
      argumentsOf({ format: 'pcm', sampleRate: 16_000, channels: 1 }),
      '-ar 16000 -ac 1 -c:a pcm_s16le -f s16le -flush_packets 1',
    );
  });
});

describe('the media type of an audio profile', () => {
  it('contains what a player needs', () => {
    const types = OUTPUT_FORMATS.map((format) =>
      audioContentType(audioProfile({ ...STANDARD, format, sampleRate: 16_000, channels: 1 })),
    );
    assert.deepEqual(types, [
      'audio/ogg; codecs=opus',
      'audio/aac',
      'audio/pcm; rate=16000; channels=1; encoding=s16le',
    ]);
  });
});
