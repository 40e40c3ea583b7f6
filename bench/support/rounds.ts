import type { Samples } from './row.ts';

export type Sides = {
  /** Each measures once. */
  readonly baseline: () => Promise<number>;
  readonly ours: () => Promise<number>;
  readonly rounds: number;
  /** Rounds before that are not counted: they warm caches on both sides. */
  readonly warmUp?: number;
};

/** Measures the baseline and ours in turn, so that what disturbs the machine disturbs both. */
export async function inTurn({ baseline, ours, rounds, warmUp = 0 }: Sides): Promise<Samples & { baseline: number[] }> {
  const samples = { baseline: [] as number[], ours: [] as number[] };
  for (let round = -warmUp; round < rounds; round += 1) {
    const [theirs, own] = [await baseline(), await ours()];
    if (round < 0) continue;
    samples.baseline.push(theirs);
    samples.ours.push(own);
  }
  return samples;
}
