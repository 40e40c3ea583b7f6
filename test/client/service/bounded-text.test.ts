import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { boundedText, LONGEST_TEXT } from '../../../client/service/bounded-text.ts';
import { createServiceCalls } from '../../../client/service/calls.ts';
import { functionUrls } from '../../../client/service/function-urls.ts';
import { serverEvents } from '../../../client/service/server-events.ts';
import { answer, endless, startHttpSource } from '../../support/http-source.ts';

const CALLS = { credentials: undefined, timeoutMs: 60_000, retry: { attempts: 0, delayMs: 0 } };

describe('a response that is not a stream', () => {
  it('is read up to a limit, and an endless one is cut', async () => {
    await using service = await startHttpSource(endless(Buffer.alloc(65_536, '[')));
    const calls = createServiceCalls({ urls: functionUrls({ baseUrl: service.origin }), ...CALLS });
    await assert.rejects(calls.request('health'), { code: 'UNAVAILABLE', message: /more than 1048576 bytes/ });
    while ((await service.connected()) > 0) await new Promise(setImmediate);
  });

  it('is returned whole up to that limit', async () => {
    const text = '€'.repeat(LONGEST_TEXT / 4);
    await using service = await startHttpSource(answer(200, {}, text));
    assert.equal(await boundedText(await fetch(service.origin)), text);
    assert.equal(await boundedText(new Response(null)), '');
  });

  it('is read up to that limit as an event', async () => {
    async function* endlessEvent(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(65_536, 'data: ');
    }
    await assert.rejects(Array.fromAsync(serverEvents(endlessEvent())), /more than 1048576 characters/);
  });
});
