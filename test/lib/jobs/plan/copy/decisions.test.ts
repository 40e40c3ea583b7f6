import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import { createPacketReader } from '#lib/jobs/media/packets.ts';
import { readFacts } from '#lib/jobs/media/probe.ts';
import { planOf } from '../../../../support/job-facts.ts';

/** What ffprobe prints of the picture of a file, and how it is coded. */
type Clip = {
  readonly stream: Readonly<Record<string, string | number>>;
  readonly rotation: number;
  readonly rate: { readonly num: number; readonly den: number };
  readonly base: number;
  /** Frames of each group, and whether its key frame has frames that are shown before it. */
  readonly groups: readonly { readonly frames: number; readonly isOpen: boolean }[];
  /** The cut: group and frame in it at which the clip begins, and the group before which it ends. */
  readonly from: readonly [group: number, frame: number];
  readonly to: readonly [group: number, frame: number];
};

const pick = <Value>(usual: Value, ...others: Value[]) =>
  fc.oneof({ weight: 40, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const STREAM = fc.record({
  codec_name: pick('h264', 'hevc', 'vp9', 'mpeg4'),
  profile: pick('High', 'Main', 'High 4:2:2'),
  width: pick(640, 642, 320),
  height: pick(360, 362),
  sample_aspect_ratio: pick('1:1', '4:3'),
  pix_fmt: pick('yuv420p', 'yuv422p', 'yuv420p10le', 'yuvj420p'),
  color_space: pick('bt709', 'smpte170m'),
  color_transfer: pick('bt709', 'smpte2084', 'arib-std-b67'),
  field_order: pick('progressive', 'tt'),
  extradata_hash: pick('MD5:1', 'MD5:2'),
});

const CLIP: fc.Arbitrary<Clip> = fc
  .record({
    stream: STREAM,
    rotation: pick(0, -90, 180),
    rate: pick({ num: 30, den: 1 }, { num: 25, den: 1 }, { num: 30_000, den: 1_001 }),
    base: pick(30_000, 90_000, 1_000),
    groups: fc.array(fc.record({ frames: fc.integer({ min: 3, max: 8 }), isOpen: pick(false, true) }), {
      minLength: 1,
      maxLength: 4,
    }),
    start: fc.tuple(fc.nat(3), pick(0, 2)),
    end: fc.tuple(fc.nat(4), pick(0, 2)),
  })
  .map(({ start, end, groups, ...rest }) => {
    const first = Math.min(start[0], groups.length - 1);
    const last = Math.min(Math.max(end[0], first + 1), groups.length);
    const inner = last === groups.length ? 0 : end[1];
    return { ...rest, groups, from: [first, start[1]] as const, to: [last, inner] as const };
  });

const frameOf = ({ groups }: Clip, [group, frame]: readonly [number, number]): number =>
  groups.slice(0, group).reduce((sum, { frames }) => sum + frames, frame);
const secondsAt = (clip: Clip, frame: number): number => (frame * clip.rate.den) / clip.rate.num;

/** The lines that ffprobe prints of the packets. An open group has a frame that is decoded after its key frame. */
function packetLines(clip: Clip): string[] {
  let frame = 0;
  return clip.groups.flatMap(({ frames, isOpen }, group) => {
    const first = frame;
    frame += frames;
    const shown = Array.from({ length: frames }, (_, index) => first + index);
    const order = isOpen && group > 0 ? [first + 1, first, ...shown.slice(2)] : shown;
    return order.map((number, index) => {
      // Matroska rounds to its unit.
      const time = Math.round(secondsAt(clip, number) * clip.base) / clip.base;
      const step = clip.rate.den / clip.rate.num;
      return `0,${time.toFixed(6)},${secondsAt(clip, first + index).toFixed(6)},${step.toFixed(6)},900,${index === 0 ? 'K_' : '__'}`;
    });
  });
}

function factsOf(clip: Clip): MediaFacts {
  const rate = `${clip.rate.num}/${clip.rate.den}`;
  const side = clip.rotation === 0 ? {} : { side_data_list: [{ rotation: clip.rotation }] };
  const stream = {
    ...{ index: 0, codec_type: 'video', r_frame_rate: rate, avg_frame_rate: rate, time_base: `1/${clip.base}` },
    ...{ start_time: '0.000000', ...clip.stream, ...side },
  };
  const seconds = secondsAt(clip, frameOf(clip, [clip.groups.length, 0]));
  const format = { format_name: 'mov,mp4,m4a,3gp,3g2,mj2', duration: String(seconds), start_time: '0', size: '900000' };
  const reader = createPacketReader(readFacts(JSON.stringify({ format, streams: [stream] })));
  for (const line of packetLines(clip)) reader.read(line);
  return reader.measured();
}

/** Decides anew, by what the clips are made of instead of by what was measured. */
function mayBeCopied(clips: readonly Clip[]): boolean {
  const [first] = clips;
  if (first === undefined) return false;
  const { stream } = first;
  const promised =
    stream['codec_name'] === 'h264' &&
    stream['pix_fmt'] === 'yuv420p' &&
    stream['sample_aspect_ratio'] === '1:1' &&
    stream['field_order'] === 'progressive' &&
    stream['color_transfer'] === 'bt709' &&
    first.rotation === 0;
  const signature = (clip: Clip) => JSON.stringify([clip.stream, clip.rotation, clip.rate, clip.base]);
  if (!promised || clips.some((clip) => signature(clip) !== signature(first))) return false;
  const isWhole = (clip: Clip) => frameOf(clip, clip.from) === 0 && clip.to[0] === clip.groups.length;
  const isExact = first.rate.den === 1 || (first.rate.den * first.base) % first.rate.num === 0;
  if (!isExact && !(clips.length === 1 && frameOf(first, first.from) === 0)) return false;
  const isCut = ({ groups }: Clip, [group, frame]: readonly [number, number]) =>
    frame === 0 && (group === 0 || group === groups.length || groups[group]?.isOpen === false);
  return clips.every((clip) => isWhole(clip) || (isCut(clip, clip.from) && isCut(clip, clip.to)));
}

describe('the decision to copy', () => {
  it('is right for ten thousand random joins of cuts', () => {
    const seen = { copied: 0, encoded: 0 };
    const clips = fc.oneof(
      fc.array(CLIP, { minLength: 1, maxLength: 3 }),
      // Alike but for the cuts.
      fc
        .tuple(CLIP, fc.array(CLIP, { maxLength: 2 }))
        .map(([first, others]) => [
          first,
          ...others.map((other) => ({ ...first, groups: other.groups, from: other.from, to: other.to })),
        ]),
    );
    fc.assert(
      fc.property(clips, (joined) => {
        const facts = Object.fromEntries(joined.map((clip, index) => [`c${index}`, factsOf(clip)]));
        const inputs = joined.map((clip, index) => ({
          input: `c${index}`,
          from: secondsAt(clip, frameOf(clip, clip.from)),
          to: secondsAt(clip, frameOf(clip, clip.to)),
        }));
        const [output] = planOf({ steps: [{ op: 'concat', inputs }] }, facts).outputs;
        const isCopied = output?.kind === 'copy';
        assert.equal(isCopied, mayBeCopied(joined), JSON.stringify(output));
        if (!isCopied) {
          assert.match((output?.kind === 'film' && output.notCopiedBecause) || '', /^video: ./);
          seen.encoded += 1;
          return;
        }
        seen.copied += 1;
        const frames = joined.map((clip) => frameOf(clip, clip.to) - frameOf(clip, clip.from));
        assert.deepEqual(
          output.picture?.parts.map((part) => part.frames),
          frames,
        );
      }),
      { numRuns: 10_000 },
    );
    assert.ok(Math.min(seen.copied, seen.encoded) > 1_000, JSON.stringify(seen));
  });
});
