import assert from 'node:assert/strict';
import type { Answer } from './client.ts';

export type ExpectedError = {
  readonly status: number;
  readonly code: string;
  readonly recoverable?: boolean;
  /** Entries that `details` must contain. */
  readonly details?: Readonly<Record<string, unknown>>;
};

/** Fails unless the response is this error in exactly the common shape of errors. */
export function assertError(answer: Answer, expected: ExpectedError): void {
  const text = answer.body.toString('utf8');
  assert.equal(answer.status, expected.status, text);
  assert.ok(answer.complete);
  assert.match(answer.headers['content-type'] ?? '', /^application\/json\b/);
  const body = answer.json();
  assert.deepEqual(Object.keys(body).toSorted(), ['code', 'details', 'message', 'recoverable', 'request_id']);
  assert.equal(body.code, expected.code, text);
  assert.ok(typeof body.message === 'string' && body.message.length > 0);
  assert.equal(body.request_id, answer.headers['x-request-id']);
  if (expected.recoverable !== undefined) assert.equal(body.recoverable, expected.recoverable, text);
  assert.deepEqual({ ...body.details, ...expected.details }, body.details, text);
  const mustWait = body.recoverable && (expected.status === 429 || expected.status === 503);
  assert.equal(answer.headers['retry-after'] !== undefined, mustWait, 'Retry-After goes with 429 and 503 only');
}
