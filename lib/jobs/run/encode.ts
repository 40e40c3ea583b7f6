import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#lib/errors.ts';
import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { filesOf } from '#lib/jobs/plan/planned-files.ts';
import { type CheckOptions, checkStage } from './check-stage.ts';
import type { FinishedFile } from './deliver.ts';
import { encodeStage, type StageOptions } from './encode-stage.ts';
import { timeLimit } from './run-ffmpeg.ts';

export type EncodeOptions = Omit<StageOptions, 'onShare' | 'time'> & {
  readonly plan: JobPlan;
  /** Called before a stage starts. */
  readonly begun: (stage: EncodeStage) => void;
  /** Called with the work that is done, in the units of `unitsOf`. */
  readonly encoded: (units: number) => void;
};

/**
 * Runs the stages of a job, and checks every file that they make before it is used. Returns the files of the plan, in the
 * order of `filesOf`. Throws CopyFailed for a stage that copies, and as `encodeStage` and `checkStage` do.
 */
export async function encode(stages: readonly EncodeStage[], options: EncodeOptions): Promise<FinishedFile[]> {
  const { plan, scratch, limits, begun, encoded } = options;
  const time = timeLimit(limits, plan.seconds);
  const files = filesOf(plan);
  const finished: FinishedFile[] = [];
  for (const stage of stages) {
    begun(stage);
    const running = { ...options, time, onShare: sharesOf(unitsOf(stage), encoded) };
    const facts = await runStage(stage, running);
    for (const { file, output } of stage.expected) {
      const [planned, found] = [files[output ?? -1], facts.get(file)];
      if (output !== null && planned !== undefined && found !== undefined) {
        finished[output] = { planned, file, facts: found };
      }
    }
    await Promise.all(stage.frees.map((name) => rm(join(scratch.path, 'outputs', name), { force: true })));
  }
  return finished;
}

/** A copy that did not come out as planned. Its output can be encoded instead. */
export class CopyFailed extends Error {
  override readonly name = 'CopyFailed';
  readonly output: number;

  constructor(output: number, cause: AppError) {
    super(cause.message, { cause });
    this.output = output;
  }
}

async function runStage(stage: EncodeStage, options: StageOptions & CheckOptions): ReturnType<typeof checkStage> {
  try {
    await encodeStage(stage, options);
    return await checkStage(stage, options);
  } catch (error) {
    const isCopy = stage.copies !== undefined && error instanceof AppError && error.code === 'FFMPEG_ERROR';
    throw isCopy ? new CopyFailed(stage.copies, error) : error;
  }
}

/** A second of sound costs about as much as two frames. */
const UNITS_PER_SECOND = 2;

/** Returns how much work a stage is. */
export function unitsOf({ weight }: Pick<EncodeStage, 'weight'>): number {
  const { frames, seconds, speed = 1 } = weight;
  return frames > 0 ? frames : (seconds * UNITS_PER_SECOND) / speed;
}

/** Reports what a share has grown by. */
function sharesOf(units: number, encoded: (units: number) => void): (share: number) => void {
  let done = 0;
  return (share) => {
    if (share * units <= done) return;
    encoded(share * units - done);
    done = share * units;
  };
}
