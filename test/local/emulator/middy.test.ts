import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probed, startFixture } from './fixture.ts';

test('middy streams a Readable', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  const response = await fetch(`${url}/middy?stream`);
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('content-type'), 'audio/ogg');
  assert.equal(await response.text(), 'one two');
  assert.equal((await nextRecord()).outcome.kind, 'completed');
});

test('middy responds early with a text', async (t) => {
  const { url } = await startFixture(t);
  const response = await fetch(`${url}/middy?early`);
  assert.equal(response.status, 422);
  assert.deepEqual(await response.json(), { code: 'INVALID' });
});

test('middy responds without a body', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  const response = await fetch(`${url}/middy?empty`);
  assert.equal(response.status, 204);
  assert.equal(await response.text(), '');
  assert.equal((await nextRecord()).outcome.kind, 'completed');
});

test('middy fails in the middle of a body', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  const yielded = probed<[() => void]>('middy has yielded');
  const response = await fetch(`${url}/middy?breaks`);
  const reader = response.body?.getReader();
  assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'first bytes');
  const [fail] = await yielded;
  fail();
  await assert.rejects(async () => reader?.read(), /terminated/);
  const { outcome } = await nextRecord();
  assert.ok(outcome.kind === 'failed' && /ffmpeg died/.test(String(outcome.error)));
});

test('middy throws before it responds', async (t) => {
  const { url } = await startFixture(t);
  assert.equal((await fetch(`${url}/middy?throws`)).status, 502);
});
