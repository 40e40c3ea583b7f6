import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { reuseUrls } from '#lib/storage/results/reused-urls.ts';

describe('a signed URL', () => {
  it('is signed once for each key and time, and again after a failure', async () => {
    let signed = 0;
    let isDown = true;
    const sign = reuseUrls(async (key) => {
      if (isDown) throw new Error('down');
      signed += 1;
      return `${key}?${signed}`;
    }, 60_000);
    await assert.rejects(sign('a'), /down/);
    isDown = false;
    assert.deepEqual(await Promise.all([sign('a'), sign('a'), sign('b')]), ['a?1', 'a?1', 'b?2']);
    assert.equal(await sign('a'), 'a?1');
  });

  it('is signed again once its time is over, and is not kept without end', async () => {
    let signed = 0;
    const brief = reuseUrls(async () => `${++signed}`, 1);
    assert.equal(await brief('a'), '1');
    await delay(5);
    assert.equal(await brief('a'), '2');
    const long = reuseUrls(async () => `${++signed}`, 60_000);
    const first = await long('first');
    for (let index = 0; index < 1_000; index += 1) await long(`${index}`);
    assert.notEqual(await long('first'), first);
  });
});
