import { loadavg } from 'node:os';
import { type AttackOptions, Skipped } from './attack.ts';
import { ATTACKS, type AttackName } from './attacks.ts';

/** Runs attacks one after the other, and prints a line for each. Resolves with whether all of them held. */
export async function runAttacks(names: readonly AttackName[], options: AttackOptions): Promise<boolean> {
  let hasHeld = true;
  for (const name of names) {
    const startedAt = performance.now();
    const { verdict, figure, broken } = await attempt(name, options);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    const load = (loadavg()[0] ?? 0).toFixed(1);
    console.log(`${verdict.padEnd(7)} ${name.padEnd(13)} ${figure} (${seconds} s, load ${load})`);
    for (const each of broken) console.log(`        ${each}`);
    hasHeld &&= verdict !== 'broken';
  }
  return hasHeld;
}

async function attempt(name: AttackName, options: AttackOptions) {
  try {
    const result = await ATTACKS[name].run(options);
    return { verdict: result.broken.length === 0 ? 'held' : 'broken', ...result };
  } catch (error) {
    if (error instanceof Skipped) return { verdict: 'skipped', figure: error.message, broken: [] };
    // An attack that cannot be carried out proves nothing.
    return { verdict: 'broken', figure: 'failed', broken: [(error as Error).stack ?? String(error)] };
  }
}
