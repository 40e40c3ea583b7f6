import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installAwsLambdaGlobal, streamingMark } from '../../../../local/emulator/response/awslambda-global.ts';

test('installing twice changes nothing', () => {
  installAwsLambdaGlobal();
  const first = awslambda;
  installAwsLambdaGlobal();
  assert.equal(awslambda, first);
});

test("a streaming handler is the same function, with the runtime's own marks", () => {
  installAwsLambdaGlobal();
  const handler = async () => {};
  assert.equal(awslambda.streamifyResponse(handler), handler);
  assert.deepEqual(streamingMark(handler), { highWaterMark: undefined });
  assert.equal(Reflect.get(handler, Symbol.for('aws.lambda.runtime.handler.streaming')), 'response');
});

test('the high water mark is kept as a whole number', () => {
  installAwsLambdaGlobal();
  const streamify = awslambda.streamifyResponse as (handler: object, options: object) => object;
  assert.deepEqual(streamingMark(streamify(async () => {}, { highWaterMark: 10.7 })), { highWaterMark: 10 });
});

test('a plain handler has no mark', () => {
  assert.equal(
    streamingMark(async () => {}),
    undefined,
  );
});
