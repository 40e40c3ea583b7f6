import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import type { JobPlan, PlannedFilm } from '#lib/jobs/plan/job-plan.ts';
import { filesOf } from '#lib/jobs/plan/planned-files.ts';

/** The encoding of films, in a measure that one machine does at about the same speed for jobs of one kind. */
export type PlannedWork = {
  /** Frames of the timeline. Each is encoded once for every film. */
  readonly frames: number;
  readonly megapixels: number;
  /** What sets the speed besides the number of pixels: codecs and qualities. */
  readonly kind: string;
};

/**
 * Returns the work on the films of a plan, those of packages included. Undefined when no film is encoded: what copies, sound
 * and single pictures take says nothing about films.
 */
export function plannedWork(
  plan: Pick<JobPlan, 'outputs'>,
  stages: readonly Pick<EncodeStage, 'weight'>[],
): PlannedWork | undefined {
  const films = filesOf(plan).filter((file) => file.kind === 'film');
  if (films.length === 0) return undefined;
  const frames = stages.reduce((sum, { weight }) => sum + weight.frames, 0);
  return { frames, megapixels: frames * megapixelsOf(films), kind: kindOf(films) };
}

/** Returns the size of a frame in all films. */
function megapixelsOf(films: readonly PlannedFilm[]): number {
  return films.reduce((sum, { geometry }) => sum + geometry.width * geometry.height, 0) / 1e6;
}

/** Returns codecs and qualities. Where there are several, the speed depends on how large the films of each are. */
function kindOf(films: readonly PlannedFilm[]): string {
  const kinds = Map.groupBy(films, ({ video: { codec, quality } }) => `${codec} ${quality}`);
  if (kinds.size === 1) return [...kinds.keys()].join();
  const sizes = Array.from(kinds, ([kind, those]) => `${kind} ${megapixelsOf(those).toFixed(1)}`);
  return sizes.toSorted().join(', ');
}
