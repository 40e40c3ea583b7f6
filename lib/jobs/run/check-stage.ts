import { AppError } from '#lib/errors.ts';
import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { errorOf, suspectsOf } from '#lib/jobs/verify/damage.ts';
import type { Expected } from '#lib/jobs/verify/expected.ts';
import { segmentFindings } from '#lib/jobs/verify/segments.ts';
import { type Finding, verify } from '#lib/jobs/verify/verify.ts';
import { probeFile } from './probe-file.ts';
import { readFragments } from './read-fragments.ts';
import { type FfmpegTools, runFfmpeg } from './run-ffmpeg.ts';

export type CheckOptions = FfmpegTools & {
  readonly plan: Pick<JobPlan, 'clips'>;
  /** Input → path of its file, from the scratch folder. */
  readonly files: ReadonlyMap<string, string>;
};

/**
 * Measures the files that a stage has made: ffmpeg often exits with 0 although an input broke. Returns the facts of each
 * by its name. Throws SOURCE_DAMAGED with the input that broke, FFMPEG_ERROR for a result that is not as planned, and the
 * signal's reason.
 */
export async function checkStage(stage: EncodeStage, options: CheckOptions): Promise<ReadonlyMap<string, MediaFacts>> {
  const found = new Map<string, MediaFacts>();
  for (const expected of stage.expected) {
    const facts = await factsOf(expected, options);
    found.set(expected.file, facts);
    const findings = [...verify(expected, facts), ...(await segmentsOf(expected, options))];
    if (findings.length === 0) continue;
    const isShorter = findings.some((finding) => finding.isShorter);
    throw errorOf(findings, isShorter ? await examined(stage, options) : []);
  }
  return found;
}

async function segmentsOf({ file, isSegmented = false }: Expected, { scratch }: CheckOptions): Promise<Finding[]> {
  return isSegmented ? segmentFindings(file, await readFragments(file, scratch)) : [];
}

async function factsOf({ file, demuxer }: Expected, options: CheckOptions): Promise<MediaFacts> {
  try {
    return await probeFile(`outputs/${file}`, { ...options, demuxer });
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof AppError) || !UNREADABLE.has(error.code)) throw error;
    const message = `ffmpeg made a file that cannot be read: ${file}`;
    throw new AppError('FFMPEG_ERROR', { ...error.details, reason: 'unexpected_result' }, { message, cause: error });
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['UNSUPPORTED_FORMAT', 'FFMPEG_ERROR']);

/** Decodes the inputs of a stage, to find out where each ends. */
async function examined(stage: EncodeStage, options: CheckOptions) {
  const { plan, files } = options;
  const results = [];
  for (const suspect of suspectsOf(plan.clips, { inputs: stage.inputs, files })) {
    const reads = [files.get(suspect.input) ?? ''];
    const { outcome, progress } = await runFfmpeg({ args: suspect.args, reads }, options);
    // One that was stopped says nothing about its input.
    if (outcome.kind === 'finished' || outcome.kind === 'failed')
      results.push({ ...suspect, decodedSeconds: progress.outTimeSeconds });
  }
  return results;
}
