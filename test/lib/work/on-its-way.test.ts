import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v4, v7 } from 'uuid';
import type { TranscodeRecord } from '#lib/transcode/record.ts';
import { createTranscodes, type TranscodesOptions } from '#lib/transcode/transcodes.ts';
import { mayBeOnItsWay } from '#lib/work/on-its-way.ts';
import { createShare } from '#lib/work/shares.ts';

const NOW = Date.UTC(2026, 10, 21);

describe('mayBeOnItsWay', () => {
  const idOf = (msecs: number) => v7({ msecs });

  it('is true for an id created within the last second, even if clocks differ', () => {
    for (const age of [0, 1, 999, -499]) assert.equal(mayBeOnItsWay(idOf(NOW - age), NOW), true, `${age}`);
    for (const age of [1_000, 60_000, -500, -1_000]) assert.equal(mayBeOnItsWay(idOf(NOW - age), NOW), false, `${age}`);
  });

  it('is false for an id without a time', () => {
    assert.equal(mayBeOnItsWay(v4(), NOW), false);
  });
});

describe('a transcode of another instance', () => {
  const caller = { subject: 'me', scopes: [] } as unknown as Parameters<ReturnType<typeof createTranscodes>['get']>[0];
  const journal = { find: () => undefined, known: () => [] } as unknown as TranscodesOptions['journal'];

  /** Returns a store that finds the record after `looksInVain` failed queries. */
  function reader(looksInVain: number, perAccount = 4) {
    let looks = 0;
    const record = { id: 'x' } as unknown as TranscodeRecord;
    const find = async () => {
      looks += 1;
      return looks > looksInVain ? { owner: 'me', record, instanceId: 'other', isInstanceAlive: true } : undefined;
    };
    const shared = {
      store: { find, list: async () => [] },
      control: undefined,
      waits: createShare({ budget: 'record_waits', limit: 60, reserve: 4, perAccount }),
    } as unknown as TranscodesOptions['shared'];
    return { transcodes: createTranscodes({ journal, shared }), looks: () => looks };
  }

  it('is found when its record is written a moment after the request', async () => {
    const { transcodes, looks } = reader(3);
    assert.equal((await transcodes.get(caller, v7())).id, 'x');
    assert.equal(looks(), 4);
  });

  it('is queried only once when it is older', async () => {
    const { transcodes, looks } = reader(1);
    await assert.rejects(transcodes.get(caller, v7({ msecs: Date.now() - 5_000 })), { code: 'NOT_FOUND' });
    assert.equal(looks(), 1);
  });

  it('is NOT_FOUND when its record is never written', async () => {
    const { transcodes, looks } = reader(Number.POSITIVE_INFINITY);
    await assert.rejects(transcodes.get(caller, v7()), { code: 'NOT_FOUND' });
    assert.ok(looks() <= 7, `${looks()} queries`);
  });

  it('is queried a few times only, also for an id of the near future', async () => {
    const { transcodes, looks } = reader(Number.POSITIVE_INFINITY);
    await assert.rejects(transcodes.get(caller, v7({ msecs: Date.now() + 490 })), { code: 'NOT_FOUND' });
    assert.ok(looks() <= 7, `${looks()} queries`);
  });

  it('is waited for by a few requests of a caller at a time', async () => {
    const { transcodes, looks } = reader(Number.POSITIVE_INFINITY, 2);
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => transcodes.get(caller, v7())));
    const codes = asked.map((answer) => answer.status === 'rejected' && answer.reason.code);
    assert.equal(codes.filter((code) => code === 'NOT_FOUND').length, 2);
    assert.equal(codes.filter((code) => code === 'RATE_LIMITED').length, 18);
    assert.ok(looks() <= 20 + 2 * 6, `${looks()} queries`);
  });
});
