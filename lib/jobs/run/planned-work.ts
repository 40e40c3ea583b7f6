import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { unitsOf } from './encode.ts';

/** The encoding of a job, in a measure that one machine does at about the same speed for jobs of one kind. */
export type PlannedWork = {
  /** Megapixels that are encoded; sound counts as very small frames. */
  readonly megapixels: number;
  /** The same in the units of `unitsOf`. */
  readonly units: number;
  /** What sets the speed besides the number of pixels: codecs and qualities. */
  readonly kind: string;
};

/** A frame of sound alone. */
const LEAST_MEGAPIXELS = 0.02;

export function plannedWork(
  { outputs }: Pick<JobPlan, 'outputs'>,
  stages: readonly Pick<EncodeStage, 'weight'>[],
): PlannedWork {
  const films = outputs.filter((output) => output.kind === 'film');
  const pixels = films.reduce((sum, { geometry }) => sum + geometry.width * geometry.height, 0);
  const ofFrame = Math.max(LEAST_MEGAPIXELS, pixels / 1e6);
  const megapixels = stages.map((stage) => unitsOf(stage) * (stage.weight.frames > 0 ? ofFrame : LEAST_MEGAPIXELS));
  const kinds = films.map(({ video: { codec, quality } }) => `${codec} ${quality}`);
  return {
    megapixels: megapixels.reduce((sum, each) => sum + each, 0),
    units: stages.reduce((sum, stage) => sum + unitsOf(stage), 0),
    kind: kinds.toSorted().join(', '),
  };
}
