import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { filesOf } from '#lib/jobs/plan/planned-files.ts';
import { animationStages, framesTargets } from './animation-stages.ts';
import { bedStages } from './beds.ts';
import { copyStages } from './copy-stages.ts';
import { chunkFile, joinStage, soundChunkFile } from './join.ts';
import { chunkTarget, outputTarget, type Span, soundChunkTarget } from './output-targets.ts';
import { pictureStage } from './picture-stage.ts';
import { runsOf } from './runs.ts';
import type { EncodeStage, StageFiles } from './stage.ts';
import type { NumberedOutput, Target } from './targets.ts';
import { windowStage } from './window-stage.ts';

/**
 * Compiles a plan: those that copy, which cost little if one has to be encoded after all, and one ffmpeg for all outputs
 * that are encoded, or one for each run of clips and one that joins them.
 */
export function stages(plan: JobPlan, where: StageFiles): EncodeStage[] {
  const encoded = encodeStages(plan, where);
  const parts = encoded.flatMap(({ outputs }) => outputs);
  const animations = encodedOutputs(plan).flatMap(({ output, index }) =>
    output.kind === 'animation' ? animationStages(output, { index, folder: where.folder, made: parts }) : [],
  );
  const made = [...copies(plan, where), ...encoded, ...animations];
  const isHeard = filesOf(plan).some((file) => file.kind !== 'picture' && file.sound !== null);
  const beds = isHeard ? bedStages(plan.mix, { plan, ...where }) : [];
  const last = made.pop();
  if (last === undefined) return beds;
  return [...beds, ...made, { ...last, frees: [...last.frees, ...beds.flatMap(({ outputs }) => outputs)] }];
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
  const { mix } = plan;
  const isHeard = outputs.some(({ output }) => output.kind !== 'picture' && output.sound !== null);
  if (runs.length === 1) return [wholeStage(plan, { files, folder })];
  const isJoined = outputs.some(({ output }) => output.kind === 'film' || output.kind === 'sound');
  // What steps add is heard over the whole: no run begins or ends it.
  const hearsClips = isHeard && mix.base === 'clips';
  const encoded = runs.map((clips, run) => {
    const targetsOf = (span: Span) => [
      ...runTargets(outputs, run, span),
      ...(hearsClips ? [soundChunkTarget(soundChunkFile(run), span)] : []),
    ];
    return windowStage(`run ${run + 1} of ${runs.length}`, clips, targetsOf, {
      ...options,
      mix: { ...mix, layers: [] },
    });
  });
  return [
    // Without a film and its sound, most runs have nothing to show.
    ...encoded.filter((stage) => stage.outputs.length > 0),
    ...(isJoined ? [joinStage({ plan, outputs, runs: runs.length, files, folder })] : []),
  ];
}

/** Returns one stage for all clips and outputs that are encoded. `stages` does so up to a number of clips. */
export function wholeStage(plan: JobPlan, { files, folder }: StageFiles): EncodeStage {
  const targetsOf = (span: Span) =>
    encodedOutputs(plan).flatMap(({ output, index }) =>
      output.kind === 'animation'
        ? framesTargets(output, span, { run: 0, index })
        : [outputTarget(output, index, span)],
    );
  return windowStage('encode', plan.clips, targetsOf, { plan, mix: plan.mix, files, folder });
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
    if (output.kind === 'animation') return framesTargets(output, span, { run, index });
    if (output.kind === 'film') return [chunkTarget(output, chunkFile(run, index), span)];
    const isHere =
      output.kind === 'picture' && output.frame >= span.firstFrame && output.frame < span.firstFrame + span.frames;
    return isHere ? [outputTarget(output, index, span)] : [];
  });
}
