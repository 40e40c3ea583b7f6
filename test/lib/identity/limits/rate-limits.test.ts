import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { createCounter, MOST_KEYS } from '#lib/identity/limits/counter.ts';
import { refuseOverrun } from '#lib/identity/limits/cpu-time.ts';
import { createRateLimits, type RateLimits } from '#lib/identity/limits/rate-limits.ts';
import { networkOf, siteOf } from '#lib/identity/networks.ts';
import { countCpuTime } from '#lib/services/cpu-time.ts';
import { createSharedCounts } from '#lib/store/rate-limits.ts';
import { eventually } from '../../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../../support/postgres.ts';
import { storeOf } from '../../../support/store.ts';

let postgres: Postgres;

before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

const LIMITS = { perCaller: 5, perAddress: 5, wrongCredentials: 5 };

/** Returns the rate limits of an instance. */
function instance(test: TestContext): RateLimits {
  const limits = createRateLimits({ ...LIMITS, shared: createSharedCounts(storeOf(test, postgres.url).database) });
  test.after(() => limits.close());
  return limits;
}

describe('a limit', () => {
  it('is counted by key and by kind of limit', async () => {
    const { callers, addresses } = createRateLimits({ ...LIMITS, shared: undefined });
    for (let count = 1; count <= 7; count += 1) assert.equal((await callers.count('ann')).used, count);
    assert.partialDeepStrictEqual(await callers.allowance('ann'), { limit: 5, used: 7 });
    assert.equal((await callers.allowance('bob')).used, 0);
    assert.equal((await addresses.allowance('ann')).used, 0);
    const { resetMs } = await callers.allowance('ann');
    assert.ok(resetMs > 50_000 && resetMs <= 60_000);
  });

  it('applies to a /64 network for IPv6', () => {
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:db8:1:2::'));
    assert.notEqual(networkOf('2001:db8:1:2::'), networkOf('2001:db8:1:3::'));
    assert.equal(networkOf('192.0.2.1'), '192.0.2.1');
    assert.equal(networkOf(''), '');
  });

  it('applies to a /48 network as well, with eight times the limit of a /64', async () => {
    assert.equal(siteOf('2001:db8:1:2:3:4:5:6'), siteOf('2001:db8:1:ffff::'));
    assert.notEqual(siteOf('2001:db8:1::'), siteOf('2001:db8:2::'));
    assert.equal(siteOf('192.0.2.1'), undefined);
    for (const kind of ['addresses', 'wrongCredentials'] as const) {
      const limits = createRateLimits({ ...LIMITS, shared: undefined });
      let refused = 0;
      for (let network = 0; network < 100; network += 1) {
        const { used, limit } = await limits[kind].count(`2001:db8:1:${network.toString(16)}::1`);
        if (used > limit) refused += 1;
      }
      assert.equal(refused, 60, `${kind}: 8 × 5 of 100 are left`);
      assert.ok((await limits[kind].count('2001:db8:2::1')).used === 1, 'another site');
      assert.ok((await limits[kind].allowance('2001:db8:1:fff::1')).used > 5);
    }
  });

  it('holds no counts for sharing without other instances', async () => {
    for (const shared of [true, false]) {
      const counter = createCounter({ name: 'test', limit: 1, keyOf: (key) => key, shared });
      for (const key of ['a', 'b', 'a']) await counter.count(key);
      const taken = counter.take().map(({ key, points }) => [key, points]);
      assert.deepEqual(
        taken,
        shared
          ? [
              ['test:a', 2],
              ['test:b', 1],
            ]
          : [],
      );
      assert.deepEqual(counter.take(), []);
    }
  });

  it('holds a limited number of keys, so that requests from many addresses do not fill the memory', async () => {
    const counter = createCounter({ name: 'test', limit: 5, keyOf: (key) => key, shared: true });
    for (const key of ['early', 'early', ...Array.from({ length: MOST_KEYS }, (_, index) => `${index}`)]) {
      await counter.count(key);
    }
    assert.equal((await counter.allowance('early')).used, 0, 'the oldest is dropped');
    assert.equal((await counter.allowance('0')).used, 1);
    const taken = counter.take();
    assert.equal(taken.length, MOST_KEYS);
    await counter.count('late');
    for (const uncounted of taken) counter.putBack(uncounted);
    for (const { key, points } of taken) counter.learn({ key, points, resetMs: 60_000 });
    assert.equal((await counter.allowance('0')).used, 0, 'and is not added again');
    assert.equal(counter.take().length, MOST_KEYS, 'or kept while the database is down');
  });

  it('counts several points at once, within its own window, and may be the limit of a key', async () => {
    const { cpuMs, records, callers } = createRateLimits({ ...LIMITS, recordsPerDay: 2, shared: undefined });
    await cpuMs.count('ann', { points: 1_500 });
    await cpuMs.count('ann', { points: 500 });
    const { used, resetMs } = await cpuMs.allowance('ann');
    assert.equal(used, 2_000);
    assert.ok(resetMs > 3_500_000 && resetMs <= 3_600_000, `${resetMs} ms`);
    assert.equal((await records.count('ann')).limit, 2);
    assert.equal((await callers.count('ann', { limit: 1 })).limit, 1);
  });

  it('is shared by instances within about a second', async (test) => {
    const [here, there] = [instance(test), instance(test)];
    const key = 'shared';
    for (let count = 0; count < 4; count += 1) await here.callers.count(key);
    assert.equal((await there.callers.count(key)).used, 1, 'nothing waits for the database');
    await hears(there, key, { countedThere: 1, countedHere: 4, withinMs: 3_000 });
  });

  it('is counted in memory while the database is down, and shared when it is back', async (test) => {
    const [here, there] = [instance(test), instance(test)];
    const key = 'away';
    await postgres.kill();
    try {
      for (let count = 1; count <= 3; count += 1) assert.equal((await here.callers.count(key)).used, count);
    } finally {
      await postgres.start();
    }
    await hears(there, key, { countedThere: 0, countedHere: 3, withinMs: 10_000 });
  });
});

type Heard = { countedThere: number; readonly countedHere: number; readonly withinMs: number };

/** Counts until the total includes the counts of this instance. */
async function hears(there: RateLimits, key: string, heard: Heard): Promise<void> {
  await eventually(async () => {
    heard.countedThere += 1;
    const { used } = await there.callers.count(key);
    assert.ok(used >= heard.countedThere + heard.countedHere, `${used} after ${heard.countedThere} there`);
  }, heard);
}

describe('the CPU time of jobs', () => {
  it('is counted by runners, and limits what a key may submit to a host', async (test) => {
    const store = storeOf(test, postgres.url);
    const { cpuMs } = instance(test);
    const zoe = (limit: number) => ({ subject: 'zoe', limits: { cpu_seconds_per_hour: limit } }) as Caller;
    await refuseOverrun(zoe(5), cpuMs);
    const count = countCpuTime(store);
    count('zoe', 3);
    count('zoe', 4);
    await eventually(() =>
      assert.rejects(
        refuseOverrun(zoe(5), cpuMs),
        (error: AppError) => error.code === 'RATE_LIMITED' && error.details['used'] === 7,
      ),
    );
    await refuseOverrun(zoe(8), cpuMs);
    await refuseOverrun({ ...zoe(5), subject: 'ann' }, cpuMs);
  });
});
