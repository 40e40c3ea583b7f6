import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#lib/errors.ts';
import { pictureStage } from '#lib/jobs/graph/picture-stage.ts';
import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { plan } from '#lib/jobs/plan/plan.ts';
import { createAttemptLogger } from '#lib/jobs/run/attempt-log.ts';
import { checkStage } from '#lib/jobs/run/check-stage.ts';
import { encodeStage } from '#lib/jobs/run/encode-stage.ts';
import { located } from '#lib/jobs/run/failures.ts';
import { knownFonts } from '#lib/jobs/run/known-fonts.ts';
import type { FfmpegTools } from '#lib/jobs/run/run-ffmpeg.ts';
import { openPreviewInputs, type PreviewInputs, type PreviewInputsOptions } from './preview-inputs.ts';

export type PreviewFrame = { readonly png: Buffer; readonly warnings: readonly string[] };

export type PreviewFrameOptions = PreviewInputsOptions & Pick<FfmpegTools, 'supervisor' | 'usedCpu' | 'time'>;

/** Makes the last output of a job, a picture, by the graph of the job. Throws as an attempt to run it does. */
export async function previewFrame(options: PreviewFrameOptions): Promise<PreviewFrame> {
  const inputs = await openPreviewInputs(options);
  const { planned, stage } = await planFrame(inputs, options);
  const warnings = [...planned.warnings];
  const running = {
    ...{ ...options, plan: planned, files: inputs.files, inputBytes: inputs.bytes(), onShare: () => undefined },
    log: createAttemptLogger(() => undefined),
    warn: (text: string) => void warnings.push(text),
  };
  try {
    await encodeStage(stage, running);
    const png = await readFile(join(options.scratch.path, 'outputs', stage.outputs[0] ?? '')).catch(unlessMissing);
    if (png !== undefined && isWhole(png)) return { png, warnings };
    // Says which input broke.
    await checkStage(stage, running);
    throw new AppError('FFMPEG_ERROR', { reason: 'unexpected_result' }, { message: 'ffmpeg made no frame' });
  } catch (error) {
    options.signal.throwIfAborted();
    throw located(error, { phase: 'encoding' });
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Returns whether a PNG has its last chunk: ffmpeg writes one for each whole frame. */
function isWhole(png: Buffer): boolean {
  return png.subarray(-8, -4).toString('latin1') === 'IEND';
}

/** Plans by what is known, reads the inputs of the frame, and plans again until nothing is missing. */
async function planFrame(
  inputs: PreviewInputs,
  { spec, programs }: Pick<PreviewFrameOptions, 'spec' | 'programs'>,
): Promise<{ readonly planned: JobPlan; readonly stage: EncodeStage }> {
  const index = spec.outputs.length - 1;
  const fonts = await knownFonts(spec, programs);
  for (;;) {
    const planned = plan(spec, inputs.facts, programs.ffmpeg.capabilities, { texts: inputs.texts, fonts });
    const output = planned.outputs[index];
    if (output?.kind !== 'picture') throw new Error('the last output of a preview is a picture');
    const stage = pictureStage({ plan: planned, output, index, files: inputs.files, folder: 'outputs' });
    const missing = stage.inputs.filter((name) => !inputs.files.has(name));
    if (missing.length === 0) return { planned, stage };
    await inputs.read(missing);
  }
}
