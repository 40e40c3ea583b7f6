import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { filesOf } from '#lib/jobs/plan/planned-files.ts';
import { copyStages } from './copy-stages.ts';
import { chunkFile, joinStage, soundChunkFile } from './join.ts';
import { chunkTarget, outputTarget, type Span, soundChunkTarget } from './output-targets.ts';
import { pictureStage } from './picture-stage.ts';
import { runsOf, trackRunsOf } from './runs.ts';
import type { EncodeStage } from './stage.ts';
import type { NumberedOutput, Target } from './targets.ts';
import { type StageFiles, trackStage, windowStage } from './window-stage.ts';

/**
 * Compiles a plan: those that copy, which cost little if one has to be encoded after all, and one ffmpeg for all outputs
 * that are encoded, or one for each run of clips and one that joins them.
 */
export function stages(plan: JobPlan, where: StageFiles): EncodeStage[] {
  return [...copies(plan, where), ...encodeStages(plan, where)];
}

function encodeStages(plan: JobPlan, { files, folder }: StageFiles): EncodeStage[] {
  const outputs = encodedOutputs(plan);
  const options = { plan, files, folder };
  if (outputs.every(({ output }) => output.kind === 'picture')) {
    return outputs.flatMap(({ output, index }) =>
      output.kind === 'picture' ? [pictureStage({ output, index, ...options })] : [],
    );
  }
  const runs = runsOf(plan.clips, plan.layers);
  const { track } = plan;
  const sounds = track === null ? [] : trackRunsOf(track);
  const isHeard = outputs.some(({ output }) => output.kind !== 'picture' && output.sound !== null);
  if (runs.length === 1 && sounds.length <= 1) return [wholeStage(plan, { files, folder })];
  if (track === null) {
    const encoded = runs.map((clips, run) => {
      const targetsOf = (span: Span) => [
        ...runTargets(outputs, run, span),
        ...(isHeard ? [soundChunkTarget(soundChunkFile(run), span)] : []),
      ];
      return windowStage(`run ${run + 1} of ${runs.length}`, clips, targetsOf, { ...options, track });
    });
    return [...encoded, joinStage({ plan, outputs, runs: runs.length, sounds: runs.length, folder })];
  }
  const seen = runs.map((clips, run) =>
    windowStage(`run ${run + 1} of ${runs.length}`, clips, (span) => runTargets(outputs, run, span), {
      ...options,
      track,
    }),
  );
  return [
    // Without a film, most runs have nothing to show.
    ...seen.filter((stage) => stage.outputs.length > 0),
    ...sounds.map((part, run) =>
      trackStage(`sound ${run + 1} of ${sounds.length}`, part, soundChunkFile(run), options),
    ),
    joinStage({ plan, outputs, runs: runs.length, sounds: sounds.length, folder }),
  ];
}

/** Returns one stage for all clips and outputs that are encoded. `stages` does so up to a number of clips. */
export function wholeStage(plan: JobPlan, { files, folder }: StageFiles): EncodeStage {
  const targetsOf = (span: Span) => encodedOutputs(plan).map(({ output, index }) => outputTarget(output, index, span));
  return windowStage('encode', plan.clips, targetsOf, { plan, track: plan.track, files, folder });
}

function encodedOutputs(plan: JobPlan): NumberedOutput[] {
  return filesOf(plan).flatMap((output, index) => (output.kind === 'copy' ? [] : [{ output, index }]));
}

function copies(plan: JobPlan, where: StageFiles): EncodeStage[] {
  return filesOf(plan).flatMap((output, index) =>
    output.kind === 'copy' ? copyStages({ output, index, number: plan.outputs.indexOf(output) }, where) : [],
  );
}

function runTargets(outputs: readonly NumberedOutput[], run: number, span: Span): Target[] {
  return outputs.flatMap(({ output, index }) => {
    if (output.kind === 'film') return [chunkTarget(output, chunkFile(run, index), span)];
    const isHere =
      output.kind === 'picture' && output.frame >= span.firstFrame && output.frame < span.firstFrame + span.frames;
    return isHere ? [outputTarget(output, index, span)] : [];
  });
}
