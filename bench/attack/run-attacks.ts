import { loadavg } from 'node:os';
import { type Attack, type AttackOptions, type Result, Skipped } from './attack.ts';

type Outcome = Result & { readonly verdict: 'held' | 'broken' | 'skipped' };

/** Runs attacks one after the other, and prints a line for each. Resolves with whether none was broken. */
export async function runAttacks(
  attacks: Readonly<Record<string, Attack>>,
  { print, ...options }: AttackOptions & { readonly print: (line: string) => void },
): Promise<boolean> {
  let hasHeld = true;
  for (const [name, attack] of Object.entries(attacks)) {
    const startedAt = performance.now();
    const { verdict, figure, broken } = await attempt(attack, options);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    const load = (loadavg()[0] ?? 0).toFixed(1);
    print(`${verdict.padEnd(7)} ${name.padEnd(14)} ${figure} (${seconds} s, load ${load})`);
    for (const each of broken) print(`        ${each}`);
    hasHeld &&= verdict !== 'broken';
  }
  return hasHeld;
}

async function attempt(attack: Attack, options: AttackOptions): Promise<Outcome> {
  try {
    const result = await attack.run(options);
    return { verdict: result.broken.length === 0 ? 'held' : 'broken', ...result };
  } catch (error) {
    if (error instanceof Skipped) return { verdict: 'skipped', figure: error.message, broken: [] };
    // An attack that cannot be carried out proves nothing.
    return { verdict: 'broken', figure: 'the attack failed', broken: [(error as Error).stack ?? String(error)] };
  }
}
