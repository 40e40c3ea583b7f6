import type { PlannedAnimation } from '#lib/jobs/plan/job-plan.ts';
import { perSecond } from '#lib/jobs/plan/rates.ts';
import { muxerArguments, TO_RGB } from './encoders.ts';
import { LIST_INPUT, writtenForJoin } from './file-list.ts';
import { fileOf, filmTap, framesOf, type Span } from './output-targets.ts';
import type { EncodeStage } from './stage.ts';
import type { Target } from './targets.ts';

/** The colours of a whole animation are known after its last frame only, so its frames are stored without loss until then. */
const LOSSLESS = ['-c:v', 'ffv1', '-level', '3', '-pix_fmt', 'yuv420p', '-fps_mode', 'passthrough'];

const framesFile = (run: number, index: number): string => `frames-${run}-${index}.mkv`;

type Place = { readonly run: number; readonly index: number };

/** Returns the file with the frames of an animation in a run, which may be too short for one. */
export function framesTargets(animation: PlannedAnimation, span: Span, place: Place): Target[] {
  const { geometry, fps } = animation;
  const frames = framesOf(animation, span);
  if (frames === 0) return [];
  const picture = { codec: 'ffv1', width: geometry.width, height: geometry.height, rotation: 0, rate: perSecond(fps) };
  const expected = {
    ...{ file: framesFile(place.run, place.index), demuxer: 'matroska', output: null, sound: null },
    picture: { ...picture, frames },
  };
  return [{ taps: [filmTap(animation, span, LOSSLESS)], muxer: muxerArguments('mkv'), expected }];
}

type AnimationOptions = {
  readonly index: number;
  readonly folder: string;
  /** What the stages before it make. */
  readonly made: readonly string[];
};

/** Returns the stages that choose the colours of an animation, and encode its frames with them. */
export function animationStages(animation: PlannedAnimation, { index, folder, made }: AnimationOptions): EncodeStage[] {
  const { geometry, fps, frames } = animation;
  const [list, palette] = [`frames-${index}.txt`, `palette-${index}.png`];
  const files = made.filter((file) => file.startsWith('frames-') && file.endsWith(`-${index}.mkv`));
  const input = [...LIST_INPUT, `file:${folder}/${list}`];
  const { writes, frees } = writtenForJoin({ lists: [{ name: list, files }], texts: [], folder });
  const size = { width: geometry.width, height: geometry.height, rotation: 0 };
  const output = fileOf(animation, index);
  const common = { inputs: [], weight: { frames, seconds: 0 } };
  return [
    {
      ...{ ...common, name: `colours ${index + 1}`, writes, frees: [], outputs: [palette] },
      args: [
        ...input,
        ...['-vf', `${TO_RGB},palettegen`, '-frames:v', '1', '-c:v', 'png'],
        ...[...muxerArguments('png'), '-y', `file:${folder}/${palette}`],
      ],
      expected: [
        {
          ...{ file: palette, demuxer: 'png_pipe', output: null, sound: null },
          picture: { codec: 'png', width: 16, height: 16, rotation: 0, frames: 1, rate: null },
        },
      ],
    },
    {
      ...{ ...common, name: `animation ${index + 1}`, writes: [], frees: [...frees, palette], outputs: [output] },
      args: [
        ...[...input, '-protocol_whitelist', 'file', '-f', 'png_pipe', '-i', `file:${folder}/${palette}`],
        ...['-filter_complex', `[0:0]${TO_RGB}[f];[f][1:0]paletteuse=dither=sierra2_4a[o]`, '-map', '[o]'],
        ...['-c:v', 'gif', '-fps_mode', 'passthrough', ...muxerArguments('gif'), '-y', `file:${folder}/${output}`],
      ],
      expected: [
        {
          ...{ file: output, demuxer: 'gif', output: index, sound: null },
          picture: { ...size, codec: 'gif', frames, rate: perSecond(fps) },
        },
      ],
    },
  ];
}
