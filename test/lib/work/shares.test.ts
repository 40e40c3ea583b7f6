import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#lib/errors.ts';
import { createShare, type Holding, type Share } from '#lib/work/shares.ts';

const GREEDY = { account: 'greedy' };
const OTHER = { account: 'other' };

function takenBy(share: Share, account: string, most: number): number {
  for (let taken = 0; taken < most; taken += 1) {
    try {
      share.take({ account });
    } catch (error) {
      assert.ok(error instanceof AppError && error.code === 'OVERLOADED');
      return taken;
    }
  }
  return most;
}

function refusal(take: () => unknown): AppError {
  try {
    take();
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error;
  }
  assert.fail('it was not refused');
}

describe('a share', () => {
  it('gives one account alone the whole limit, and no more', () => {
    const share = createShare({ budget: 'places', limit: 50, reserve: 10 });
    assert.equal(takenBy(share, 'greedy', 100), 50);
    const { code, details, recoverable, message } = refusal(() => share.take(GREEDY));
    assert.equal(code, 'OVERLOADED');
    assert.equal(recoverable, true);
    assert.deepEqual(details, { budget: 'places', limit: 50, used: 50, retry_after_seconds: 1 });
    assert.match(message, /50 places are in use, and the limit is 50/);
  });

  it('keeps something for each of several accounts that come later', () => {
    const share = createShare({ budget: 'places', limit: 50, reserve: 10 });
    takenBy(share, 'greedy', 100);
    assert.equal(takenBy(share, 'second', 100), 8);
    assert.equal(takenBy(share, 'third', 100), 1);
    assert.equal(takenBy(share, 'fourth', 100), 1);
    assert.equal(takenBy(share, 'fifth', 100), 0);
    assert.equal(refusal(() => share.take({ account: 'fifth' })).code, 'OVERLOADED');
  });

  it('gives what becomes free to those who have less', () => {
    const share = createShare({ budget: 'places', limit: 50, reserve: 10 });
    const held = Array.from({ length: 50 }, () => share.take(GREEDY));
    for (let round = 0; round < 100; round += 1) {
      held.shift()?.release();
      takenBy(share, 'other', 100);
      try {
        held.push(share.take(GREEDY));
      } catch {
        // The other one has less.
      }
    }
    assert.ok(share.usage(OTHER).used >= 25, `${share.usage(OTHER).used}`);
    assert.ok(share.usage(GREEDY).used >= 20, `${share.usage(GREEDY).used}`);
  });

  it('refuses over the limit of an account with RATE_LIMITED, whatever is free', () => {
    const share = createShare({ budget: 'event_streams', limit: 900, reserve: 100, perAccount: 3 });
    for (let taken = 0; taken < 3; taken += 1) share.take(OTHER);
    assert.equal(refusal(() => share.take(OTHER)).code, 'RATE_LIMITED');
    const key = { ...OTHER, limit: 4 };
    share.take(key);
    assert.deepEqual(share.usage(key), { limit: 4, used: 4 });
    assert.match(refusal(() => share.take(key)).message, /4 of its 4 event streams/);
  });

  it('gives back what a holding has grown to, once', () => {
    const share = createShare({ budget: 'spool_bytes', limit: 100, reserve: 0 });
    const holding = share.take(GREEDY, 40);
    holding.grow(60);
    assert.throws(() => holding.grow(1));
    assert.equal(share.total(), 100);
    holding.release();
    holding.release();
    assert.equal(share.total(), 0);
    assert.equal(share.usage(GREEDY).used, 0);
  });

  it('calls an account greedy that holds more than an equal share', () => {
    const share = createShare({ budget: 'places', limit: 50, reserve: 10 });
    share.take(GREEDY);
    assert.equal(share.isGreedy('greedy'), false);
    share.take(OTHER);
    assert.equal(share.isGreedy('greedy'), false);
    share.take(GREEDY);
    assert.equal(share.isGreedy('greedy'), true);
    assert.equal(share.isGreedy('other'), false);
  });

  it('never gives more than there is, wastes nothing, and always has something for a newcomer', () => {
    const steps = fc.array(fc.record({ account: fc.nat(4), isRelease: fc.boolean(), pick: fc.nat(1_000) }), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 6, max: 20 }), steps, (limit, reserve, taken) => {
        const share = createShare({ budget: 'places', limit, reserve });
        const held: Holding[] = [];
        for (const { account, isRelease, pick } of taken) {
          if (isRelease) {
            held.splice(pick % (held.length + 1), 1)[0]?.release();
            assert.equal(share.total(), held.length);
            continue;
          }
          const before = share.total();
          try {
            held.push(share.take({ account: String(account) }));
          } catch (error) {
            assert.ok(before >= limit, String(error));
          }
          assert.ok(share.total() <= limit + reserve);
        }
        const { total } = share;
        if (total() < limit + reserve) share.take({ account: 'newcomer' }).release();
        assert.equal(total(), held.length);
      }),
    );
  });
});
