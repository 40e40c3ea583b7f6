import type { JobPlan, PlannedFile } from '#lib/jobs/plan/job-plan.ts';
import { filesOf } from '#lib/jobs/plan/planned-files.ts';
import { chunkFile, joinStage, soundChunkFile } from './join.ts';
import { chunkTarget, outputTarget, type Span, soundChunkTarget } from './output-targets.ts';
import { pictureStage } from './picture-stage.ts';
import { runsOf } from './runs.ts';
import type { EncodeStage } from './stage.ts';
import type { Target } from './targets.ts';
import { type StageFiles, windowStage } from './window-stage.ts';

/** A file with its place among the files of the plan. */
type Numbered = { readonly output: PlannedFile; readonly index: number };

/** Compiles a plan: one ffmpeg for all outputs, or one for each run of clips and one that joins them. */
export function stages(plan: JobPlan, { files, folder }: StageFiles): EncodeStage[] {
  const outputs = filesOf(plan).map((output, index) => ({ output, index }));
  if (outputs.every(({ output }) => output.kind === 'picture')) {
    return outputs.flatMap(({ output, index }) =>
      output.kind === 'picture' ? [pictureStage({ plan, output, index, files, folder })] : [],
    );
  }
  const runs = runsOf(plan.clips);
  const options = { plan, files, folder };
  if (runs.length === 1) return [wholeStage(plan, { files, folder })];
  const encoded = runs.map((clips, run) =>
    windowStage(`run ${run + 1} of ${runs.length}`, clips, (span) => runTargets(outputs, run, span), options),
  );
  return [...encoded, joinStage({ plan, runs: runs.length, folder })];
}

/** Returns one stage for all clips and outputs. `stages` does so up to a number of clips. */
export function wholeStage(plan: JobPlan, { files, folder }: StageFiles): EncodeStage {
  const targetsOf = (span: Span) => filesOf(plan).map((output, index) => outputTarget(output, index, span));
  return windowStage('encode', plan.clips, targetsOf, { plan, files, folder });
}

function runTargets(outputs: readonly Numbered[], run: number, span: Span): Target[] {
  const targets = outputs.flatMap(({ output, index }) => {
    if (output.kind === 'film') return [chunkTarget(output, chunkFile(run, index), span)];
    const isHere =
      output.kind === 'picture' && output.frame >= span.firstFrame && output.frame < span.firstFrame + span.frames;
    return isHere ? [outputTarget(output, index, span)] : [];
  });
  const hasSound = outputs.some(({ output }) => output.kind !== 'picture' && output.sound !== null);
  return hasSound ? [...targets, soundChunkTarget(soundChunkFile(run), span)] : targets;
}
