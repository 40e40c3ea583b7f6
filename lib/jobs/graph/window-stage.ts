import { sourcesOf } from '#lib/jobs/plan/clip-sources.ts';
import type { JobPlan, PlannedClip, SoundClip } from '#lib/jobs/plan/job-plan.ts';
import { SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import { withLayers } from './layers.ts';
import { type Span, soundChunkTarget } from './output-targets.ts';
import { toneFile } from './picture-chain.ts';
import type { EncodeStage } from './stage.ts';
import { chaptersIn, geometriesOf, subtitlesOf, type Target, targetArguments } from './targets.ts';
import { timelineGraph } from './timeline-graph.ts';
import { toneTable } from './tone-table.ts';

export type StageFiles = {
  /** Input → path of its file. */
  readonly files: ReadonlyMap<string, string>;
  /** Where all files are written. */
  readonly folder: string;
};

type WindowOptions = StageFiles & {
  readonly plan: Pick<JobPlan, 'fps' | 'layers'>;
  /** What is heard instead of the sound of the clips; null when it is theirs. */
  readonly track: readonly SoundClip[] | null;
};

/** Returns the stage that encodes clips that follow each other, or a part of a sound track alone. */
export function windowStage(
  name: string,
  clips: readonly PlannedClip[],
  targetsOf: (span: Span) => Target[],
  { plan, track, files, folder }: WindowOptions,
): EncodeStage {
  const frames = clips.reduce((sum, clip) => sum + clip.frames, 0);
  const samples = (clips.length > 0 ? clips : (track ?? [])).reduce((sum, clip) => sum + clip.samples, 0);
  const targets = targetsOf({ fps: plan.fps, firstFrame: clips[0]?.firstFrame ?? 0, frames, samples });
  const needsSound = targets.some(({ taps }) => taps.some(({ source }) => source === 'sound'));
  const geometries = geometriesOf(targets);
  const { fps, layers } = plan;
  const firstFrame = clips[0]?.firstFrame ?? 0;
  const joined = timelineGraph({ clips, fps, geometries, needsSound, track, files, folder });
  const graph = withLayers(joined, geometries.length === 0 ? [] : layers, {
    ...{ geometries, fps, firstFrame, frames, files, folder },
  });
  const sources = sourcesOf(clips);
  const lights = [...new Set(sources.map(({ picture }) => picture?.light ?? 'sdr'))].filter((light) => light !== 'sdr');
  const heard = needsSound && track !== null ? track.flatMap(({ source }) => source?.input ?? []) : [];
  const chapters = chaptersIn(targets);
  const texts = [...subtitlesOf(targets), ...(chapters === undefined ? [] : [chapters])];
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

/** Returns the stage that writes a part of a sound track, not compressed. */
export function trackStage(
  name: string,
  track: readonly SoundClip[],
  file: string,
  options: Omit<WindowOptions, 'track'>,
): EncodeStage {
  return windowStage(name, [], (span) => [soundChunkTarget(file, span)], { ...options, track });
}
