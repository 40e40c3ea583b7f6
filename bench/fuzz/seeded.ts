import fc from 'fast-check';

/** Returns the value of an arbitrary for a seed, always the same one. */
export function draw<T>(arbitrary: fc.Arbitrary<T>, seed: number): T {
  return fc.sample(arbitrary, { seed, numRuns: 1 })[0] as T;
}

/** Returns the seed of one case of a run (SplitMix32): consecutive seeds are unrelated. */
export function caseSeed(runSeed: number, index: number): number {
  let mixed = (runSeed + Math.imul(index + 1, 0x9e37_79b9)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
  return (mixed ^ (mixed >>> 15)) >>> 1;
}
