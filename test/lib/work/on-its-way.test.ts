import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v4, v7 } from 'uuid';
import type { TranscodeRecord } from '#lib/transcode/record.ts';
import { createTranscodes, type TranscodesOptions } from '#lib/transcode/transcodes.ts';
import { mayBeOnItsWay } from '#lib/work/on-its-way.ts';

const NOW = Date.UTC(2026, 10, 21);

describe('mayBeOnItsWay', () => {
  const idOf = (msecs: number) => v7({ msecs });

  it('holds for an id that was made within the last second, on a clock that may differ', () => {
    for (const age of [0, 1, 999, -999]) assert.equal(mayBeOnItsWay(idOf(NOW - age), NOW), true, `${age}`);
    for (const age of [1_000, 60_000, -1_000]) assert.equal(mayBeOnItsWay(idOf(NOW - age), NOW), false, `${age}`);
  });

  it('does not hold for an id without a time', () => {
    assert.equal(mayBeOnItsWay(v4(), NOW), false);
  });
});

describe('A transcode of another instance', () => {
  const caller = { subject: 'me', scopes: [] } as unknown as Parameters<ReturnType<typeof createTranscodes>['get']>[0];
  const journal = { find: () => undefined, known: () => [] } as unknown as TranscodesOptions['journal'];

  /** A store that has the record from the so-and-so-many-th look on. */
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

  it('is found though its record is written a moment later than it is asked for', async () => {
    const { transcodes, looks } = reader(3);
    assert.equal((await transcodes.get(caller, v7())).id, 'x');
    assert.equal(looks(), 4);
  });

  it('is looked for once when it is not that young', async () => {
    const { transcodes, looks } = reader(1);
    await assert.rejects(transcodes.get(caller, v7({ msecs: Date.now() - 5_000 })), { code: 'NOT_FOUND' });
    assert.equal(looks(), 1);
  });

  it('does not exist when nobody writes it', async () => {
    const { transcodes } = reader(Number.POSITIVE_INFINITY);
    await assert.rejects(transcodes.get(caller, v7()), { code: 'NOT_FOUND' });
  });
});
