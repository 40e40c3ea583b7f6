import type { JobPlan, PlannedOutput, PlannedSound } from '#lib/jobs/plan/job-plan.ts';

/** Bits for each pixel of an encoded film, and of a picture: what busy material needs. */
const FILM_BITS = 0.2;
const PICTURE_BITS = 8;
/** Stereo of 16 bits at 48 kHz. */
const PLAIN_KILOBITS = 1_536;

/** Estimates the bytes of all outputs of a plan. */
export function plannedBytes({ outputs, seconds }: Pick<JobPlan, 'outputs' | 'seconds'>): number {
  return Math.ceil(outputs.reduce((sum, output) => sum + bitsOf(output, seconds), 0) / 8);
}

function bitsOf(output: PlannedOutput, seconds: number): number {
  if (output.kind === 'sound') return soundBits(output.sound, seconds);
  if (output.kind === 'package') {
    const files = [...output.films, ...(output.sound === null ? [] : [output.sound])];
    return files.reduce((sum, file) => sum + bitsOf(file, seconds), 0);
  }
  const { width, height } = output.geometry;
  if (output.kind === 'picture') return width * height * PICTURE_BITS;
  const kilobits = output.packaged?.mostKilobits ?? output.video.kilobits;
  const picture = kilobits === null ? output.frames * width * height * FILM_BITS : kilobits * 1_000 * seconds;
  return picture + (output.sound === null ? 0 : soundBits(output.sound, seconds));
}

function soundBits({ kilobits }: PlannedSound, seconds: number): number {
  return (kilobits ?? PLAIN_KILOBITS) * 1_000 * seconds;
}
