import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probed, startFixture } from './fixture.ts';

type Finish = [() => void];

test('responds with 429 over the reserved concurrency, and accepts a request when another has ended', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  const finishes: (() => void)[] = [];
  const answers: Promise<Response>[] = [];
  for (let running = 0; running < 2; running++) {
    const called = probed<Finish>('waits');
    answers.push(fetch(`${url}/waits`));
    finishes.push((await called)[0]);
  }
  const refused = await fetch(`${url}/waits`);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.deepEqual(await refused.json(), {
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    Type: 'User',
    message: 'Rate Exceeded.',
  });
  assert.deepEqual((await nextRecord()).outcome, { kind: 'throttled' });
  finishes[0]?.();
  assert.equal((await answers[0])?.status, 200);
  const called = probed<Finish>('waits');
  answers.push(fetch(`${url}/waits`));
  finishes.push((await called)[0]);
  for (const finish of finishes) finish();
  for (const answer of answers) assert.equal((await answer).status, 200);
});

test('ignores the reserved concurrency on a host', async (t) => {
  const { url } = await startFixture(t, { limits: 'host' });
  const answers: Promise<Response>[] = [];
  const finishes: (() => void)[] = [];
  for (let running = 0; running < 5; running++) {
    const called = probed<Finish>('waits');
    answers.push(fetch(`${url}/waits`));
    finishes.push((await called)[0]);
  }
  for (const finish of finishes) finish();
  for (const answer of answers) assert.equal((await answer).status, 200);
});
