import type { QualityPreset } from '#lib/profiles/audio.ts';
import { bitrateLoss } from './bitrate-loss.ts';
import { transcodeCpuSeconds } from './encoding.ts';
import type { Judge, Judgement, Measure } from './judgement.ts';
import { VARIANTS, type Variant, variantArguments } from './variants.ts';

export type Task = {
  readonly ffmpeg: string;
  readonly format: 'opus' | 'aac';
  readonly preset: QualityPreset;
  /** The file for the measurement of processor time. */
  readonly music: string;
  readonly judge: Judge;
  readonly rounds: number;
};

export type Compared = {
  readonly variant: Variant;
  /** The minimum of all rounds. */
  readonly cpuSeconds: number;
  readonly judgement: Judgement;
  /** Shares of the bitrate, compared with the reference. */
  readonly loss: Readonly<Record<Measure, number>>;
  readonly worst: WorstSound;
};

/** The sound with the largest rise of the noise-to-mask ratio compared with the reference, and the rise in dB. */
export type WorstSound = { readonly name: string; readonly change: number };

/** The largest acceptable loss of a choice. */
export type Bounds = {
  /** For each measure: a share of the bitrate. */
  readonly loss: number;
  /** For any single sound, dB of its noise-to-mask ratio: an average would hide a broken one. */
  readonly change: number;
};

/** Shares of the preset's bitrate at which the reference is judged, to convert dB to bitrate. */
const LADDER = [0.9, 0.95, 1, 1.05, 1.1];

/** Compares all variants of an encoder with its best, which is the first. Measures processor time in turn. */
export async function compareVariants(task: Task): Promise<readonly Compared[]> {
  const { reference, others } = VARIANTS[task.format];
  const encoderOf = (variant: Variant) => ({ ffmpeg: task.ffmpeg, args: variantArguments(task, variant) });
  const ladder: Judgement[] = [];
  for (const share of LADDER) ladder.push(await task.judge(encoderOf({ ...reference, share })));
  const best = await task.judge(encoderOf(reference));
  const compared: Omit<Compared, 'cpuSeconds'>[] = [];
  for (const variant of [reference, ...others]) {
    const judgement = await task.judge(encoderOf(variant));
    compared.push({
      variant,
      judgement,
      loss: bitrateLoss(judgement, best, ladder),
      worst: worstSound(judgement, best),
    });
  }
  const times = compared.map(({ variant }) => ({ encoder: encoderOf(variant), least: Number.POSITIVE_INFINITY }));
  for (let round = 0; round < task.rounds; round += 1) {
    for (const time of times) time.least = Math.min(time.least, await transcodeCpuSeconds(time.encoder, task.music));
  }
  return compared.map((one, index) => ({ ...one, cpuSeconds: times[index]?.least ?? Number.NaN }));
}

/** Returns the variant with the least processor time within the bounds. */
export function cheapest(compared: readonly Compared[], bounds: Bounds): Compared | undefined {
  return compared
    .filter(({ loss, worst }) => Math.max(...Object.values(loss)) <= bounds.loss && worst.change <= bounds.change)
    .toSorted((a, b) => a.cpuSeconds - b.cpuSeconds)[0];
}

function worstSound({ bySound }: Judgement, reference: Judgement): WorstSound {
  const changes = [...bySound].map(([name, { nmr }]) => ({
    name,
    change: nmr - (reference.bySound.get(name)?.nmr ?? Number.NaN),
  }));
  return changes.reduce((worst, sound) => (sound.change > worst.change ? sound : worst));
}
