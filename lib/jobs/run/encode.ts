import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { filesOf } from '#lib/jobs/plan/planned-files.ts';
import { checkStage } from './check-stage.ts';
import type { FinishedFile } from './deliver.ts';
import { encodeStage, type StageOptions } from './encode-stage.ts';
import { timeLimit } from './run-ffmpeg.ts';

export type EncodeOptions = Omit<StageOptions, 'onShare' | 'time'> & {
  readonly plan: JobPlan;
  /** Called with the work that is done, in the units of `unitsOf`. */
  readonly encoded: (units: number) => void;
};

/**
 * Runs the stages of a job, and checks every file that they make before it is used. Returns the files of the plan, in the
 * order of `filesOf`. Throws as `encodeStage` and `checkStage` do.
 */
export async function encode(stages: readonly EncodeStage[], options: EncodeOptions): Promise<FinishedFile[]> {
  const { plan, scratch, limits, encoded } = options;
  const time = timeLimit(limits, plan.seconds);
  const files = filesOf(plan);
  const finished: FinishedFile[] = [];
  for (const stage of stages) {
    const running = { ...options, time, onShare: sharesOf(unitsOf(stage), encoded) };
    await encodeStage(stage, running);
    const facts = await checkStage(stage, running);
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

/** A second of sound costs about as much as two frames. */
const UNITS_PER_SECOND = 2;

/** Returns how much work a stage is. */
export function unitsOf({ weight }: EncodeStage): number {
  return weight.frames > 0 ? weight.frames : weight.seconds * UNITS_PER_SECOND;
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
