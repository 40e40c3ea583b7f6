import fc from 'fast-check';

/** What an arbitrary gives for a seed: always the same. */
export function draw<T>(arbitrary: fc.Arbitrary<T>, seed: number): T {
  return fc.sample(arbitrary, { seed, numRuns: 1 })[0] as T;
}

/** The seed of one case of a run (SplitMix32): neighbours have nothing in common. */
export function caseSeed(runSeed: number, index: number): number {
  let mixed = (runSeed + Math.imul(index + 1, 0x9e37_79b9)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
  return (mixed ^ (mixed >>> 15)) >>> 1;
}
