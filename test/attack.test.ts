import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Attack, type AttackOptions, createChecks, Skipped } from '../bench/attack/attack.ts';
import { ATTACKS } from '../bench/attack/attacks.ts';
import { runAttacks } from '../bench/attack/run-attacks.ts';

/** On a machine that does other things, too. */
const SHORT = { seconds: 3, slack: 5 };
/** The kinds of attack that no other test carries out, for a few seconds. `npm run attack` attacks for longer. */
const KINDS = {
  bodies: SHORT,
  greedy: { ...SHORT, seconds: 6 },
  'own-addresses': SHORT,
} as const;

/** How long a caller attacks again that was so slow, on a busy machine, that it met no limit. */
const AGAIN_SECONDS = 12;
const MET_NO_LIMIT = /^the greedy caller was refused nothing/;

describe('the service withstands, for a few seconds,', () => {
  for (const [kind, options] of Object.entries(KINDS) as [keyof typeof KINDS, AttackOptions][]) {
    it(ATTACKS[kind].about, async (test) => {
      try {
        let result = await ATTACKS[kind].run(options);
        if (result.broken.some((text) => MET_NO_LIMIT.test(text)))
          result = await ATTACKS[kind].run({ ...options, seconds: AGAIN_SECONDS });
        assert.deepEqual(result.broken, [], result.figure);
      } catch (error) {
        if (!(error instanceof Skipped)) throw error;
        test.skip(error.message);
      }
    });
  }
});

describe('the report of attacks', () => {
  const attackWith = (run: Attack['run']): Attack => ({ about: '', run });

  async function report(attack: Attack): Promise<{ hasHeld: boolean; lines: string[] }> {
    const lines: string[] = [];
    const hasHeld = await runAttacks({ kind: attack }, { ...SHORT, print: (line) => void lines.push(line) });
    return { hasHeld, lines };
  }

  it('has a figure for a kind that held, and the reason for one that was skipped', async () => {
    const held = await report(attackWith(async () => createChecks().result('3 ms')));
    assert.ok(held.hasHeld);
    assert.match(held.lines.join('\n'), /^held +kind +3 ms \(0 s, load [\d.]+\)$/);
    const skipped = await report(attackWith(() => Promise.reject(new Skipped('no namespaces'))));
    assert.ok(skipped.hasHeld);
    assert.match(skipped.lines.join('\n'), /^skipped +kind +no namespaces/);
  });

  it('lists what is broken, and an attack that fails is broken', async () => {
    const checks = createChecks();
    checks.expect(true, 'never');
    checks.expect(false, 'a file was read');
    const broken = await report(attackWith(async () => checks.result('{checks} checks')));
    assert.ok(!broken.hasHeld);
    assert.match(broken.lines.join('\n'), /^broken +kind +2 checks .*\n +a file was read$/);
    const failed = await report(attackWith(() => Promise.reject(new Error('no service'))));
    assert.ok(!failed.hasHeld);
    assert.match(failed.lines.join('\n'), /^broken +kind +the attack failed .*\n +Error: no service/);
  });
});
