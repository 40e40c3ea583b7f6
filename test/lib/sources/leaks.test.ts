import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import type { RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';
import {
  answer,
  endless,
  fallSilent,
  neverAnswer,
  serve,
  startHttpSource,
  trickleHeaders,
} from '../../support/http-source.ts';
import { openerFor, readAll } from './support/opener.ts';
import { settledResources } from './support/resources.ts';

const ROUNDS = 200;
const reason = new AppError('UNAVAILABLE', { part: 'test' });
const wav = Buffer.concat([Buffer.from('RIFF\xff\xff\xff\x7fWAVEfmt ', 'latin1'), Buffer.alloc(1_000_000)]);

describe('after 200 opens, nothing is left of', () => {
  it('sources that were aborted while they were being opened', async () => {
    await settledResources();
    const before = await settledResources();
    for (const behave of [
      neverAnswer,
      fallSilent(),
      trickleHeaders(1),
      fallSilent(wav.subarray(0, 10)),
    ] satisfies RequestListener[]) {
      await using source = await startHttpSource(behave);
      await using opener = openerFor([source]);
      await Promise.all(
        Array.from({ length: ROUNDS / 4 }, async (_, round) => {
          const controller = new AbortController();
          const opening = opener.open(source.origin, { accept: 'audio', signal: controller.signal });
          setImmediate(() => controller.abort(reason));
          await assert.rejects(opening, reason);
          assert.equal(getEventListeners(controller.signal, 'abort').length, 0, `round ${round}`);
        }),
      );
    }
    assert.equal(await settledResources(before), before);
  });

  it('sources that were aborted while their host name was being resolved', async () => {
    await using opener = openerFor([], { resolve: () => new Promise(() => {}) });
    for (let round = 0; round < ROUNDS; round += 1) {
      const controller = new AbortController();
      const opening = opener.open('http://media.example/', { accept: 'audio', signal: controller.signal });
      setImmediate(() => controller.abort(reason));
      await assert.rejects(opening, reason);
    }
  });

  it('sources that could not be opened, with a signal that is still in use', async () => {
    const { signal } = new AbortController();
    for (const behave of [answer(404), serve(Buffer.from('text'))]) {
      await using source = await startHttpSource(behave);
      await using opener = openerFor([source]);
      for (let round = 0; round < ROUNDS / 2; round += 1)
        await assert.rejects(opener.open(source.origin, { accept: 'audio', signal }));
    }
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('sources that were aborted before they were opened', async () => {
    await using source = await startHttpSource(neverAnswer);
    await using opener = openerFor([source]);
    for (let round = 0; round < ROUNDS; round += 1) {
      await assert.rejects(opener.open(source.origin, { accept: 'audio', signal: AbortSignal.abort(reason) }), reason);
    }
    assert.equal(source.accepted(), 0);
  });

  const leave: Record<string, (opened: OpenedSource, controller: AbortController) => void> = {
    closed: (opened) => opened.close(),
    'whose body was destroyed': ({ body }) => body.destroy(),
    'whose body was destroyed with an error without a listener': ({ body }) => body.destroy(reason),
    'aborted without an error listener': (_, controller) => controller.abort(reason),
    'closed and then aborted': (opened, controller) => {
      opened.close();
      controller.abort(reason);
      opened.close();
    },
  };
  for (const [name, end] of Object.entries(leave)) {
    it(`open sources that were ${name}`, async () => {
      const before = await settledResources();
      {
        await using source = await startHttpSource(endless(wav));
        await using opener = openerFor([source], { maxBytes: Infinity });
        for (let round = 0; round < ROUNDS / 5; round += 1) {
          const controller = new AbortController();
          const opened = await opener.open(source.origin, { accept: 'audio', signal: controller.signal });
          if (round % 2 === 0) await once(opened.body, 'readable');
          const closed = new Promise((resolve) => opened.body.on('close', resolve));
          end(opened, controller);
          await closed;
          assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
        }
        while ((await source.connected()) > 0) await new Promise(setImmediate);
      }
      assert.equal(await settledResources(before), before);
    });
  }

  it('sources that were read to their end', async () => {
    const before = await settledResources();
    {
      await using source = await startHttpSource(serve(wav));
      await using opener = openerFor([source]);
      for (let round = 0; round < ROUNDS; round += 1) {
        const controller = new AbortController();
        await readAll(await opener.open(source.origin, { accept: 'audio', signal: controller.signal }));
        assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
      }
    }
    assert.equal(await settledResources(before), before);
  });
});

describe('an opened source', () => {
  it('is destroyed with the signal’s reason, even during a pending read', async () => {
    await using source = await startHttpSource(fallSilent(wav.subarray(0, 1000)));
    await using opener = openerFor([source]);
    const controller = new AbortController();
    const { body } = await opener.open(source.origin, { accept: 'audio', signal: controller.signal });
    body.on('data', () => setImmediate(() => controller.abort(reason)));
    await assert.rejects(once(body, 'end'), reason);
    assert.equal(body.errored, reason);
  });

  it('frees its connection when it is destroyed during a pending read', async () => {
    await using source = await startHttpSource(fallSilent(wav.subarray(0, 1000)));
    await using opener = openerFor([source]);
    const { body, close } = await opener.openNow(source.origin);
    await once(body, 'data');
    await new Promise(setImmediate);
    close();
    while ((await source.connected()) > 0) await new Promise(setImmediate);
  });

  it('is not read ahead of its reader', async () => {
    let sent = 0;
    let full: () => void = () => {};
    const blocked = new Promise<void>((resolve) => {
      full = resolve;
    });
    await using source = await startHttpSource((_, response) => {
      const push = (): void => {
        while (response.write(wav)) sent += wav.length;
        sent += wav.length;
        // The kernel buffers some megabytes. When it accepts no more for a while, the reader is not reading.
        clearTimeout(idle);
        idle = setTimeout(full, 300);
      };
      let idle = setTimeout(full, 300);
      response.on('drain', push);
      response.on('close', () => clearTimeout(idle));
      push();
    });
    await using opener = openerFor([source], { maxBytes: Infinity });
    const opened = await opener.openNow(source.origin);
    await blocked;
    assert.ok(opened.body.readableLength <= 2 * 65_536, `${opened.body.readableLength} bytes held`);
    assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes sent`);
  });

  it('ends with its opener, like one that is being opened', async () => {
    const shuttingDown = { code: 'UNAVAILABLE', details: { reason: 'shutting_down' } };
    await using silent = await startHttpSource(neverAnswer);
    await using source = await startHttpSource(endless(wav));
    const opener = openerFor([source, silent], { maxBytes: Infinity });
    const opened = await opener.openNow(source.origin);
    const endings = [
      assert.rejects(readAll(opened), shuttingDown),
      assert.rejects(opener.openNow(silent.origin), shuttingDown),
    ];
    await opener.close();
    await Promise.all(endings);
    await assert.rejects(opener.openNow(source.origin), shuttingDown);
    while ((await source.connected()) > 0) await new Promise(setImmediate);
  });
});
