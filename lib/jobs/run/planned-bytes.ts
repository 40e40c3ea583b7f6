import type { JobPlan, PlannedCopy, PlannedFile, PlannedSound } from '#lib/jobs/plan/job-plan.ts';
import { filesOf } from '#lib/jobs/plan/planned-files.ts';

/** Bits for each pixel of an encoded film, and of a picture: what busy material needs. */
const FILM_BITS = 0.2;
const PICTURE_BITS = 8;
/** Stereo of 16 bits at 48 kHz. */
const PLAIN_KILOBITS = 1_536;
const SAMPLE_BYTES = 4;

/** Estimates the bytes that the files of a plan need, with the parts of which they are joined, and sounds that repeat. */
export function plannedBytes(plan: Pick<JobPlan, 'mix' | 'outputs' | 'seconds'>): number {
  const beds = plan.mix.layers.flatMap(({ added }) => added?.bed ?? []);
  const repeated = beds.reduce((sum, { samples, times }) => sum + samples * times * SAMPLE_BYTES, 0);
  return Math.ceil(filesOf(plan).reduce((sum, file) => sum + bitsOf(file, plan.seconds), 0) / 8) + repeated;
}

function bitsOf(file: PlannedFile, seconds: number): number {
  if (file.kind === 'copy') return copiedBits(file);
  if (file.kind === 'sound') return soundBits(file.sound, seconds);
  const { width, height } = file.geometry;
  if (file.kind === 'picture') return width * height * PICTURE_BITS;
  const kilobits = file.packaged?.mostKilobits ?? file.video.kilobits;
  const picture = kilobits === null ? file.frames * width * height * FILM_BITS : kilobits * 1_000 * seconds;
  return picture + (file.sound === null ? 0 : soundBits(file.sound, seconds));
}

/** What is not copied whole is written twice: in parts, and joined. Its sound is not compressed in between. */
function copiedBits({ bytes, whole, sound, seconds }: PlannedCopy): number {
  const isWritten = sound?.treatment === 'encoded' && sound.track.length > 0;
  return (whole === null ? 2 : 1) * bytes * 8 + (isWritten ? PLAIN_KILOBITS * 1_000 * seconds : 0);
}

function soundBits({ kilobits }: PlannedSound, seconds: number): number {
  return (kilobits ?? PLAIN_KILOBITS) * 1_000 * seconds;
}
