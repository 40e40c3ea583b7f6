import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v4, v7 } from 'uuid';
import type { TranscodeRecord } from '#lib/transcode/record.ts';
import { createTranscodes, type TranscodesOptions } from '#lib/transcode/transcodes.ts';
import { mayBeOnItsWay } from '#lib/work/on-its-way.ts';

const NOW = Date.UTC(2026, 10, 21);

describe('mayBeOnItsWay', () => {
  const idOf = (msecs: number) => v7({ msecs });

  it('is true for an id created within the last second, even if clocks differ', () => {
    for (const age of [0, 1, 999, -999]) assert.equal(mayBeOnItsWay(idOf(NOW - age), NOW), true, `${age}`);
    for (const age of [1_000, 60_000, -1_000]) assert.equal(mayBeOnItsWay(idOf(NOW - age), NOW), false, `${age}`);
  });

  it('is false for an id without a time', () => {
    assert.equal(mayBeOnItsWay(v4(), NOW), false);
  });
});

describe('a transcode of another instance', () => {
  const caller = { subject: 'me', scopes: [] } as unknown as Parameters<ReturnType<typeof createTranscodes>['get']>[0];
  const journal = { find: () => undefined, known: () => [] } as unknown as TranscodesOptions['journal'];

  /** Returns a store that finds the record after `looksInVain` failed queries. */
  function reader(looksInVain: number) {
    let looks = 0;
    const record = { id: 'x' } as unknown as TranscodeRecord;
    const find = async () => {
      looks += 1;
      return looks > looksInVain ? { owner: 'me', record, instanceId: 'other', isInstanceAlive: true } : undefined;
    };
    const shared = {
      store: { find, list: async () => [] },
      control: undefined,
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
    const { transcodes } = reader(Number.POSITIVE_INFINITY);
    await assert.rejects(transcodes.get(caller, v7()), { code: 'NOT_FOUND' });
  });
});
