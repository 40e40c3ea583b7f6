import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installAwsLambdaGlobal, streamingMark } from '../../../../local/emulator/response/awslambda-global.ts';

test('has no effect when it is installed twice', () => {
  installAwsLambdaGlobal();
  const first = awslambda;
  installAwsLambdaGlobal();
  assert.equal(awslambda, first);
});

test("adds the runtime's own marks to a streaming handler and returns the same function", () => {
  installAwsLambdaGlobal();
  const handler = async () => {};
  assert.equal(awslambda.streamifyResponse(handler), handler);
  assert.deepEqual(streamingMark(handler), { highWaterMark: undefined });
  assert.equal(Reflect.get(handler, Symbol.for('aws.lambda.runtime.handler.streaming')), 'response');
});

test('stores the high water mark as a whole number', () => {
  installAwsLambdaGlobal();
  const streamify = awslambda.streamifyResponse as (handler: object, options: object) => object;
  assert.deepEqual(streamingMark(streamify(async () => {}, { highWaterMark: 10.7 })), { highWaterMark: 10 });
});

test('returns no mark for a plain handler', () => {
  assert.equal(
    streamingMark(async () => {}),
    undefined,
  );
});
