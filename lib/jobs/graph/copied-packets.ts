import type { CopiedPicture } from '#lib/jobs/plan/job-plan.ts';
import { perSecond } from '#lib/jobs/plan/rates.ts';
import type { Expected } from '#lib/jobs/verify/expected.ts';
import type { EncodeStage } from './stage.ts';

/** What players of Apple ask of HEVC in MP4. */
export function tagOf({ codec }: CopiedPicture): string[] {
  return codec === 'hevc' ? ['-tag:v', 'hvc1'] : [];
}

/** A stage that encodes no picture. */
export function idle(name: string, seconds: number): Omit<EncodeStage, 'args' | 'outputs' | 'expected'> {
  return {
    name,
    writes: [],
    inputs: [],
    weight: { frames: 0, seconds, speed: COPY_SPEED },
    frees: [],
  };
}

/** How many times faster a second is copied than a second of sound is encoded. */
const COPY_SPEED = 20;

/** Returns what is expected of a picture that is copied, or of a part of it that begins with a packet of this size. */
export function copiedPicture(
  { codec, width, height, rotation, rate, isRegular }: CopiedPicture,
  frames: number,
  firstBytes?: number,
): Expected['picture'] {
  return {
    codec,
    width,
    height,
    rotation,
    frames,
    rate: isRegular ? perSecond(rate) : null,
    ...(firstBytes === undefined ? {} : { firstBytes }),
  };
}
