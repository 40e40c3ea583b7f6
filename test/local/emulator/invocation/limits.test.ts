import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FunctionDefinition } from '../../../../local/emulator/definition/service-definition.ts';
import { limitsFor } from '../../../../local/emulator/invocation/limits.ts';

const buffered: FunctionDefinition = {
  name: 'f',
  file: '/f.ts',
  exportName: 'handler',
  timeoutSeconds: 3,
  memorySize: 128,
  reservedConcurrency: 5,
  hasUrl: true,
  invokeMode: 'BUFFERED',
  schedules: [],
};
const streaming: FunctionDefinition = { ...buffered, invokeMode: 'RESPONSE_STREAM' };
const MIB = 1024 * 1024;

test('limits time, concurrency and both kinds of response on the platform', () => {
  assert.deepEqual(limitsFor('platform', streaming), {
    timeoutMs: 3000,
    abandonAfterMs: 3000,
    concurrency: 5,
    bufferedBytes: 6 * MIB,
    streamedBytes: 200 * MIB,
  });
});

test('does not limit streams on a host, but keeps the timeout of buffered functions', () => {
  assert.equal(limitsFor('host', streaming).timeoutMs, undefined);
  assert.equal(limitsFor('host', streaming).streamedBytes, undefined);
  assert.equal(limitsFor('host', streaming).concurrency, undefined);
  assert.equal(limitsFor('host', buffered).timeoutMs, 3000);
  assert.equal(limitsFor('host', buffered).bufferedBytes, 6 * MIB);
});
