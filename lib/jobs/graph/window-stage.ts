import type { JobPlan, PlannedClip } from '#lib/jobs/plan/job-plan.ts';
import { SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import type { Span } from './output-targets.ts';
import { toneFile } from './picture-chain.ts';
import type { EncodeStage } from './stage.ts';
import { geometriesOf, type Target, targetArguments } from './targets.ts';
import { timelineGraph } from './timeline-graph.ts';
import { toneTable } from './tone-table.ts';

export type StageFiles = {
  /** Input → path of its file. */
  readonly files: ReadonlyMap<string, string>;
  /** Where all files are written. */
  readonly folder: string;
};

type WindowOptions = StageFiles & { readonly plan: Pick<JobPlan, 'fps'> };

/** Returns the stage that encodes clips that follow each other. */
export function windowStage(
  name: string,
  clips: readonly PlannedClip[],
  targetsOf: (span: Span) => Target[],
  { plan, files, folder }: WindowOptions,
): EncodeStage {
  const frames = clips.reduce((sum, clip) => sum + clip.frames, 0);
  const samples = clips.reduce((sum, clip) => sum + clip.samples, 0);
  const targets = targetsOf({ fps: plan.fps, firstFrame: clips[0]?.firstFrame ?? 0, frames, samples });
  const needsSound = targets.some(({ taps }) => taps.some(({ source }) => source === 'sound'));
  const graph = timelineGraph({ clips, fps: plan.fps, geometries: geometriesOf(targets), needsSound, files, folder });
  const lights = [...new Set(clips.map(({ picture }) => picture?.light ?? 'sdr'))].filter((light) => light !== 'sdr');
  return {
    name,
    args: targetArguments(graph, targets, folder),
    writes: lights.map((light) => ({ name: toneFile(light), text: toneTable(light) })),
    outputs: targets.map(({ expected }) => expected.file),
    weight: { frames, seconds: samples / SAMPLE_RATE },
    inputs: [...new Set(clips.map(({ input }) => input))],
    expected: targets.map(({ expected }) => expected),
    frees: [],
  };
}
