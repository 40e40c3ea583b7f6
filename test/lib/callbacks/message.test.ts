import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bodyOf } from '#lib/callbacks/message.ts';

const AT = new Date('2026-11-21T12:00:00.250Z');
const MESSAGE = { event: 'job.completed', at: AT, subjectId: '0198f3c2-6d1e-7a54-9c0b-2f6f1c1f7a10' };

describe('the body of a callback', () => {
  it('has the type, the time of the event and its data', () => {
    const data = { id: MESSAGE.subjectId, status: 'completed', outputs: [{ name: 'film', bytes: 12 }], error: null };
    assert.deepEqual(JSON.parse(bodyOf({ ...MESSAGE, data })), {
      type: 'job.completed',
      timestamp: '2026-11-21T12:00:00.250Z',
      data,
    });
  });

  it('has no signed URL and no secret', () => {
    const url = 'https://bucket.example/film.mp4?X-Amz-Signature=abcdef';
    const body = bodyOf({ ...MESSAGE, data: { outputs: [{ url }], metadata: { api_key: 'hidden' }, at: AT } });
    assert.doesNotMatch(body, /abcdef|hidden/);
    assert.match(body, /bucket\.example\/film\.mp4/);
    assert.match(body, /2026-11-21T12:00:00\.250Z"\}\}$/);
  });

  it('names only the subject when the data are large', () => {
    const body = bodyOf({ ...MESSAGE, data: { id: MESSAGE.subjectId, metadata: { text: 'ü'.repeat(20_000) } } });
    assert.deepEqual(JSON.parse(body).data, { id: MESSAGE.subjectId, truncated: true });
  });
});
