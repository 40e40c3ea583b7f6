import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUrlServer } from '../../../../local/emulator/http/url-server.ts';
import { openRaw, readRaw, startFixture } from '../fixture.ts';

test('limits the time of a request, but not of its response', () => {
  const server = createUrlServer(() => {});
  assert.ok(server.headersTimeout > 0 && server.headersTimeout <= 10_000);
  assert.ok(server.requestTimeout > 0 && server.requestTimeout <= 60_000);
  assert.equal(server.timeout, 0);
});

test('refuses headers over 16 KiB', async (t) => {
  const { port } = await startFixture(t);
  const request = `GET /value HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(17 * 1024)}\r\n\r\n`;
  assert.match(await readRaw(openRaw(t, port, request)), /^HTTP\/1\.1 431 /);
});
