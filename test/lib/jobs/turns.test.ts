import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FRONT, forRunners, isForRunners, placeOf, rankOf, TURNS } from '#lib/jobs/turns.ts';

const priority = fc.integer({ min: 1, max: 10 });
const turn = fc.nat({ max: TURNS - 1 });

test('ranks are sorted by priority, then by turn, and fit into an integer of PostgreSQL', () => {
  fc.assert(
    fc.property(priority, turn, priority, turn, (one, first, other, second) => {
      const expected = Math.sign(one - other || first - second);
      assert.equal(Math.sign(rankOf(one, first) - rankOf(other, second)), expected);
      assert.deepEqual(placeOf(rankOf(one, first)), { priority: one, turn: first });
    }),
  );
  assert.ok(rankOf(10, TURNS + 5) < 2 ** 31);
  assert.ok(FRONT < rankOf(1, 0));
  assert.equal(placeOf(FRONT), undefined);
});

test('ranks for runners only are below all others, in the same order, and fit into an integer of PostgreSQL', () => {
  fc.assert(
    fc.property(priority, turn, priority, turn, (one, first, other, second) => {
      const [a, b] = [rankOf(one, first), rankOf(other, second)];
      assert.equal(Math.sign(forRunners(a) - forRunners(b)), Math.sign(a - b));
      assert.ok(forRunners(a) < FRONT && forRunners(a) > -(2 ** 31));
      assert.ok(isForRunners(forRunners(a)) && !isForRunners(a));
      assert.equal(forRunners(forRunners(a)), forRunners(a));
      assert.equal(placeOf(forRunners(a)), undefined);
    }),
  );
  assert.ok(isForRunners(forRunners(FRONT)) && !isForRunners(FRONT));
});
