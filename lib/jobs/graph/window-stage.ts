import { sourcesOf } from '#lib/jobs/plan/clip-sources.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import type { PlannedClip } from '#lib/jobs/plan/planned-clip.ts';
import type { SoundMix } from '#lib/jobs/plan/planned-mix.ts';
import { SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import { withChapters } from './chapters-file.ts';
import { withLayers } from './layers.ts';
import type { Span } from './output-targets.ts';
import { toneFile } from './picture-chain.ts';
import type { EncodeStage, StageFiles } from './stage.ts';
import { chaptersIn, geometriesOf, subtitlesOf, type Target, targetArguments } from './targets.ts';
import { timelineGraph } from './timeline-graph.ts';
import { toneTable } from './tone-table.ts';

type WindowOptions = StageFiles & {
  readonly plan: Pick<JobPlan, 'fps' | 'layers'>;
  /** What is heard, if a target has sound. */
  readonly mix: SoundMix;
};

/** Returns the stage that encodes clips that follow each other. */
export function windowStage(
  name: string,
  clips: readonly PlannedClip[],
  targetsOf: (span: Span) => Target[],
  { plan, mix, files, folder }: WindowOptions,
): EncodeStage {
  const { fps, layers } = plan;
  const firstFrame = clips[0]?.firstFrame ?? 0;
  const frames = clips.reduce((sum, clip) => sum + clip.frames, 0);
  const samples = clips.reduce((sum, clip) => sum + clip.samples, 0);
  const targets = targetsOf({ fps, firstFrame, frames, samples });
  const needsSound = targets.some(({ taps }) => taps.some(({ source }) => source === 'sound'));
  const geometries = geometriesOf(targets);
  const joined = timelineGraph({ clips, fps, geometries, needsSound, mix, files, folder });
  const graph = withLayers(joined, geometries.length === 0 ? [] : layers, {
    ...{ geometries, fps, firstFrame, frames, files, folder },
  });
  const sources = sourcesOf(clips);
  const lights = [...new Set(sources.map(({ picture }) => picture?.light ?? 'sdr'))].filter((light) => light !== 'sdr');
  const heard = needsSound ? mix.layers.flatMap(({ added }) => (added?.bed === null ? [added.source.input] : [])) : [];
  const texts = withChapters(subtitlesOf(targets), chaptersIn(targets));
  return {
    name,
    args: targetArguments(graph, targets, folder),
    writes: [
      ...lights.map((light) => ({ name: toneFile(light), text: toneTable(light) })),
      ...texts.map((file) => ({ name: file.name, text: file.text })),
      ...graph.writes,
    ],
    outputs: targets.map(({ expected }) => expected.file),
    weight: { frames, seconds: samples / SAMPLE_RATE },
    inputs: [...new Set([...sources.map(({ input }) => input), ...heard, ...graph.reads])],
    expected: targets.map(({ expected }) => expected),
    frees: [...texts, ...graph.writes].map((file) => file.name),
  };
}
