import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AudioDemuxer } from '#lib/containers/audio-demuxers.ts';
import { transcodeArguments } from '#lib/playback/arguments.ts';
import { unitFormat } from '../../../client/units/format.ts';
import { channelOf, decode } from '../../support/audio.ts';
import { createMediaFolder, type MediaFolder, MUSIC_FILE } from '../../support/media.ts';
import { collect, supervise } from '../../support/supervised-ffmpeg.ts';
import { playbackSettings } from '../../support/transcode-requests.ts';
import { pass } from './support/passing.ts';

const RATE = 48_000;
const LISTENED_SAMPLES = 4_800;
/** More samples than the lead or look-ahead of an encoder. */
const FARTHEST_SAMPLES = 1_500;

let folder: MediaFolder;
before(async () => {
  folder = await createMediaFolder();
});
after(() => folder[Symbol.asyncDispose]());

async function encoded(
  media: Buffer,
  demuxer: AudioDemuxer,
  fields: Readonly<Record<string, unknown>>,
): Promise<Buffer> {
  const input = { feed: 'pipe', demuxer, maxSeconds: 3_600, losesPitchedEnd: false } as const;
  await using ffmpeg = supervise({ args: transcodeArguments(playbackSettings(fields), input), input: 'pipe' });
  ffmpeg.input?.end(media);
  return await collect(ffmpeg.output);
}

/** Returns by how many samples the audio at `from` is later in `other` than in `source`. */
function lateness(source: Float64Array, other: Float64Array, from: number): number {
  const likeness = (lag: number): number => {
    let product = 0;
    for (let at = from; at < from + LISTENED_SAMPLES; at += 1) product += (source[at] ?? 0) * (other[at + lag] ?? 0);
    return product;
  };
  const lags = Array.from({ length: 2 * FARTHEST_SAMPLES + 1 }, (_, index) => index - FARTHEST_SAMPLES);
  return lags.reduce((best, lag) => (likeness(lag) > likeness(best) ? lag : best), 0);
}

const KINDS: readonly { format: string; demuxer: AudioDemuxer; options: readonly string[]; lead: number }[] = [
  {
    format: 'opus',
    demuxer: 'ogg',
    options: ['-c:a', 'libopus', '-b:a', '96k', '-vbr', 'constrained', '-f', 'ogg'],
    lead: 0,
  },
  { format: 'aac', demuxer: 'aac', options: ['-c:a', 'aac', '-b:a', '128k', '-f', 'adts'], lead: 1_024 },
];

describe('a passthrough that is cut', () => {
  for (const { format: output_format, demuxer, options, lead } of KINDS) {
    it(`continues with encoded ${output_format}, exact to the sample`, async () => {
      const media = await folder.make(output_format, { file: MUSIC_FILE }, ['-t', '20', '-ar', '48000', ...options]);
      const { answer } = await pass(media, { output_format });
      assert.ok(answer);
      const format = unitFormat(playbackSettings({ output_format }));
      const joiner = format.createJoiner(7);
      joiner.begin({ atUnit: 0, drop: 0 });
      const begun = joiner.push(answer.subarray(0, answer.length / 2));
      const atUnit = joiner.given() - format.leadUnits;
      joiner.begin({ atUnit, drop: format.leadUnits });
      const brokenAt = joiner.given() * format.unitSamples;
      const rest = await encoded(media, demuxer, { output_format, start_at: (atUnit * format.unitSamples) / RATE });
      const joined = await decode(Buffer.concat([begun, joiner.push(rest), joiner.end()]));
      const [source, heard] = [channelOf(await decode(media)), channelOf(joined)];
      assert.ok(brokenAt > 8 * RATE && brokenAt < 12 * RATE);
      assert.equal(lateness(source, heard, RATE), lead, 'before the cut');
      assert.equal(lateness(source, heard, brokenAt + RATE), lead, 'behind it');
      assert.ok(heard.length - lead - source.length < format.unitSamples);
    });
  }
});
