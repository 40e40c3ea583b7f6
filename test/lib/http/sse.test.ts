import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { eventStream, lastEventId, type ServerEvent } from '#lib/http/sse.ts';
import { eventually } from '../../support/eventually.ts';

const CONTEXT = { getRemainingTimeInMillis: () => 60_000 };

const event = (seq: number, type = 'progress', data: unknown = { seq }): ServerEvent => ({
  seq: String(seq),
  type,
  data,
});
const isLast = ({ type }: ServerEvent) => type === 'end';

/** Yields these batches, then empty ones, until the signal is aborted. */
function follower(batches: readonly (readonly ServerEvent[])[]) {
  const state = { ended: false };
  async function* follow(signal: AbortSignal) {
    try {
      yield* batches;
      while (!signal.aborted) {
        await delay(5, undefined, { signal }).catch(() => undefined);
        yield [];
      }
    } finally {
      state.ended = true;
    }
  }
  return { follow, state };
}

/** Parses the text like a client. */
function parse(stream: string): { id: string; event: string; data: unknown }[] {
  return stream
    .split('\n\n')
    .filter((block) => block.startsWith('id:'))
    .map((block) => {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      return { id: fields['id'] ?? '', event: fields['event'] ?? '', data: JSON.parse(fields['data'] ?? '') };
    });
}

describe('an event stream', () => {
  it('sends every event with any content, and ends after the last one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.jsonValue(), { maxLength: 3 }), { maxLength: 5 }), async (batches) => {
        const events = batches.map((batch, index) =>
          batch.map((data, place) => event(index * 10 + place, 'change', data)),
        );
        const { follow } = follower([...events, [event(1_000, 'end')]]);
        const { body, headers, statusCode } = eventStream({ follow, isLast, context: CONTEXT });
        assert.equal(statusCode, 200);
        assert.equal(headers['Content-Type'], 'text/event-stream');
        const wanted = [...events.flat(), event(1_000, 'end')].map(({ seq: id, type, data }) => ({
          id,
          event: type,
          data: JSON.parse(JSON.stringify(data)),
        }));
        assert.deepEqual(parse(await text(body as Readable)), wanted);
      }),
      { numRuns: 30 },
    );
  });

  it('sends the wait before a reconnect, and comments during silence', async () => {
    const { follow } = follower([]);
    const body = eventStream({ follow, isLast, context: CONTEXT, keepAliveMs: 10 }).body as Readable;
    let received = '';
    body.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
    });
    await eventually(() => assert.match(received, /^retry: \d+\n\n(: keep-alive\n\n){3}/));
    body.destroy();
  });

  it('frees everything when its reader disconnects', async () => {
    const { follow, state } = follower([[event(1)]]);
    const body = eventStream({ follow, isLast, context: CONTEXT }).body as Readable;
    body.resume();
    await eventually(() => assert.ok(body.readableFlowing));
    body.destroy();
    await eventually(() => assert.ok(state.ended));
  });

  it('frees everything when the host reports that the client disconnected, even if it did so before', async () => {
    for (const isEarly of [true, false]) {
      const client = new AbortController();
      if (isEarly) client.abort();
      const { follow, state } = follower([[event(1)]]);
      const body = eventStream({ follow, isLast, context: { ...CONTEXT, clientSignal: client.signal } })
        .body as Readable;
      body.resume();
      client.abort();
      await eventually(() => assert.ok(state.ended));
    }
  });

  it('ends properly before the platform’s deadline', async () => {
    const { follow, state } = follower([[event(1)]]);
    const context = { getRemainingTimeInMillis: () => 1_100 };
    const received = await text(eventStream({ follow, isLast, context }).body as Readable);
    assert.deepEqual(
      parse(received).map(({ id }) => id),
      ['1'],
    );
    assert.ok(state.ended);
  });

  it('requests no more events than its reader reads', async () => {
    let asked = 0;
    async function* follow(signal: AbortSignal) {
      while (!signal.aborted) {
        asked += 1;
        yield [event(asked, 'change', 'x'.repeat(10_000))];
      }
    }
    const body = eventStream({ follow, isLast, context: CONTEXT }).body as Readable;
    await delay(50);
    assert.ok(asked < 30, `${asked} batches`);
    body.destroy();
  });
});

describe('the last event id of a client', () => {
  const asked = (header?: string, query?: string) =>
    lastEventId({
      headers: header === undefined ? {} : { 'last-event-id': header },
      ...(query === undefined ? {} : { queryStringParameters: { last_event_id: query } }),
    });

  it('is read from the header or the query', () => {
    assert.equal(asked('17'), '17');
    assert.equal(asked(undefined, '18'), '18');
    assert.equal(asked('17', '18'), '17');
    assert.equal(asked(), undefined);
    assert.equal(asked(''), undefined);
  });

  it('is refused when it is not an event id', () => {
    for (const place of ['x', '-1', '1.5', '9223372036854775808', '1 or 1=1']) {
      assert.throws(() => asked(place), { code: 'VALIDATION_ERROR' }, place);
    }
  });
});
