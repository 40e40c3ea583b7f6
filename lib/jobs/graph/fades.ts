import { DECLICK_SECONDS } from '#lib/jobs/plan/placed-sound.ts';
import { SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';

/** Samples in which sound becomes silent where it is cut. */
export const DECLICK_SAMPLES = Math.round(DECLICK_SECONDS * SAMPLE_RATE);

/**
 * Returns the filter in which sound becomes louder from silence, which is before it, or silent. A fade that no listener should
 * notice has a round curve, a longer one is linear in the amplitude.
 */
export function fade(kind: 'in' | 'out', firstSample: number, samples: number): string {
  const curve = samples <= DECLICK_SAMPLES ? 'hsin' : 'tri';
  return `afade=type=${kind}:start_sample=${firstSample}:nb_samples=${samples}:curve=${curve}`;
}
