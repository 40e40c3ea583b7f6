import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AppError } from '#lib/errors.ts';
import { DECODERS, demuxerOf } from '#lib/jobs/media/formats.ts';
import { createPacketReader, packetArguments } from '#lib/jobs/media/packets.ts';
import { probeArguments, readFacts } from '#lib/jobs/media/probe.ts';
import { mediaFacts, pictureFacts, soundFacts } from '../../../support/job-facts.ts';

const VIDEO = {
  ...{ index: 0, codec_type: 'video', codec_name: 'h264', profile: 'High', width: 1440, height: 1080 },
  ...{ sample_aspect_ratio: '4:3', avg_frame_rate: '30000/1001', r_frame_rate: '60/1', pix_fmt: 'yuv420p' },
  ...{ start_time: '1.500000', duration: '4.000000', color_space: 'bt709', color_transfer: 'unknown' },
  disposition: { default: 1 },
};
const AUDIO = {
  ...{ index: 1, codec_type: 'audio', codec_name: 'aac', sample_rate: '44100', channels: 1, channel_layout: 'mono' },
  ...{ start_time: '1.400000', duration: '4.100000' },
};
const FORMAT = { format_name: 'mov,mp4,m4a,3gp,3g2,mj2', start_time: '1.400000', duration: '4.1', size: '1000' };

const factsOf = (streams: object[], format: object = FORMAT) => readFacts(JSON.stringify({ streams, format }));

describe('the facts of a media file', () => {
  it('count times from the start of the file', () => {
    const { streams, startSeconds, seconds, bytes } = factsOf([VIDEO, AUDIO]);
    assert.deepEqual([startSeconds, seconds, bytes], [1.4, 4.1, 1000]);
    const [picture, sound] = streams;
    assert.ok(picture?.kind === 'picture' && sound?.kind === 'sound');
    assert.deepEqual([picture.startSeconds.toFixed(3), picture.endSeconds?.toFixed(3)], ['0.100', '4.100']);
    assert.deepEqual([sound.startSeconds, sound.endSeconds?.toFixed(3), sound.isDefault], [0, '4.100', false]);
    assert.deepEqual([picture.pixelAspect.toFixed(3), picture.averageRate?.toFixed(2)], ['1.333', '29.97']);
    assert.deepEqual(picture.color, { range: null, space: 'bt709', primaries: null, transfer: null });
  });

  for (const [rotation, expected] of [
    [-90, 90],
    [90, 270],
    [180, 180],
    [-180, 180],
    [0, 0],
    [-3, 0],
  ] as const) {
    it(`turn a picture with a matrix of ${rotation} degrees by ${expected}`, () => {
      const [picture] = factsOf([
        { ...VIDEO, side_data_list: [{ side_data_type: 'Display Matrix', rotation }] },
      ]).streams;
      assert.equal(picture?.kind === 'picture' && picture.rotation, expected);
    });
  }

  it('say why a stream is not used', () => {
    const others = [
      { index: 1, codec_type: 'data', codec_name: 'bin_data' },
      { index: 2, codec_type: 'attachment', codec_name: 'ttf' },
      { index: 3, codec_type: 'subtitle', codec_name: 'subrip' },
      { ...VIDEO, index: 4, codec_name: 'mjpeg', disposition: { attached_pic: 1 } },
      { index: 5 },
      { ...AUDIO, index: 6, codec_name: undefined },
      { ...VIDEO, index: 7, width: 0 },
    ];
    assert.deepEqual(
      factsOf([VIDEO, ...others]).streams.map((stream) => (stream.kind === 'other' ? stream.because : stream.kind)),
      ['picture', 'data', 'attachment', 'subtitles', 'attached_picture', 'unknown', 'unknown', 'unknown'],
    );
  });

  it('are refused for what is not media, is not allowed or has nothing to use', () => {
    const refused = (format: object, streams: object[] = [VIDEO]) =>
      assert.throws(
        () => factsOf(streams, format),
        (error: AppError) => error.code === 'UNSUPPORTED_FORMAT',
      );
    refused({});
    refused({ format_name: 'hls' });
    refused({ format_name: 'concat' });
    refused({ format_name: 'image2' });
    refused(FORMAT, [{ index: 0, codec_type: 'data' }]);
    assert.throws(
      () => readFacts(''),
      (error: AppError) => error.code === 'UNSUPPORTED_FORMAT',
    );
  });

  it('are refused for a picture that is too large to be decoded', () => {
    const log = '[png @ 0x5] [IMGUTILS @ 0x7] Picture size 9000x5000 exceeds specified max pixel count 36000000, see\n';
    assert.throws(
      () => readFacts('{}', log),
      ({ code, details }: AppError) =>
        code === 'LIMIT_EXCEEDED' && details['value'] === 45_000_000 && details['max'] === 36_000_000,
    );
  });

  it('are probed with files, demuxers and decoders that are listed', () => {
    const args = probeArguments('/scratch/a');
    assert.deepEqual(args.slice(-2), ['-i', 'file:/scratch/a']);
    assert.equal(args[args.indexOf('-protocol_whitelist') + 1], 'file');
    assert.ok(!DECODERS.some((name) => /svg|text|bmv|smv/.test(name)));
    assert.equal(demuxerOf('hls'), undefined);
    assert.equal(demuxerOf('matroska,webm'), 'matroska');
    const known = packetArguments('/scratch/a', FORMAT.format_name);
    assert.deepEqual([known[known.indexOf('-format_whitelist') + 1], known[known.indexOf('-f') + 1]], ['mov', 'mov']);
  });
});

describe('the packets of a media file', () => {
  const measured = (lines: readonly string[], facts = mediaFacts()) => {
    const reader = createPacketReader(facts);
    for (const line of lines) reader.read(line);
    return reader.measured();
  };
  const packets = (index: number, count: number, step: number) =>
    Array.from({ length: count }, (_, at) => `${index},${at * step},N/A,${step}`);

  it('measure ends and frames', () => {
    const { streams, brokenAtSeconds } = measured([
      ...packets(0, 250, 0.04),
      ...packets(1, 500, 0.02),
      '',
      'side_data',
    ]);
    const [picture, sound] = streams;
    assert.ok(picture?.kind === 'picture' && sound?.kind === 'sound');
    assert.deepEqual([picture.frames, picture.endSeconds, picture.lastFrameSeconds], [250, 10, 9.96]);
    assert.deepEqual([sound.endSeconds, brokenAtSeconds], [10, null]);
  });

  it('show where a file is shorter than it states', () => {
    assert.equal(measured([...packets(0, 100, 0.04), ...packets(1, 190, 0.02)]).brokenAtSeconds?.toFixed(3), '3.800');
    const matroska = [pictureFacts({ endSeconds: null }), soundFacts({ endSeconds: null })];
    const facts = { ...mediaFacts(matroska), container: 'matroska,webm' };
    assert.equal(
      measured([...packets(0, 100, 0.04), ...packets(1, 190, 0.02)], facts).brokenAtSeconds?.toFixed(3),
      '3.800',
    );
    assert.equal(measured([...packets(0, 250, 0.04), ...packets(1, 190, 0.02)], facts).brokenAtSeconds, null);
  });

  it('decide where a container only estimates its length', () => {
    const facts = { ...mediaFacts([soundFacts({ index: 0 })]), container: 'aac' };
    const { streams, brokenAtSeconds } = measured(packets(0, 100, 0.02), facts);
    assert.equal(streams[0]?.kind === 'sound' && streams[0].endSeconds?.toFixed(2), '2.00');
    assert.equal(brokenAtSeconds, null);
  });

  it('without time stamps follow each other', () => {
    const { streams } = measured(['0,N/A,0.0,N/A', '0,N/A,0.04,N/A', '0,N/A,N/A,N/A']);
    assert.equal(streams[0]?.kind === 'picture' && streams[0].endSeconds?.toFixed(2), '0.12');
  });
});
