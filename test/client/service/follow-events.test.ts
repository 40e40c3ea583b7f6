import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceCalls } from '../../../client/service/calls.ts';
import { followEvents } from '../../../client/service/follow-events.ts';

const NEVER = new AbortController().signal;
const event = (id: string, name: string) => `id: ${id}\nevent: ${name}\ndata: {}\n\n`;

/** A service that responds to requests for events with these texts, one after the other. */
function serviceOf(texts: readonly string[]) {
  const queries: unknown[] = [];
  const open: ServiceCalls['open'] = async (_, { query }) => {
    queries.push(query);
    return new Response(texts[queries.length - 1] ?? '');
  };
  return { calls: { open } as ServiceCalls, queries };
}

const EVENTS = { name: 'transcodes', path: '/transcodes/{id}/events', id: 'x' } as const;
const options = { signal: NEVER, isFinal: () => false, restart: { delaysMs: [1], maxFailures: 3 } } as const;

describe('following events', () => {
  it('continues on another connection after the last event, until the end', async () => {
    const { calls, queries } = serviceOf([event('1', 'filters'), event('2', 'progress') + event('3', 'end')]);
    const ids: string[] = [];
    for await (const { id } of followEvents(calls, EVENTS, options)) ids.push(id);
    assert.deepEqual(ids, ['1', '2', '3']);
    assert.deepEqual(queries, [{}, { last_event_id: '1' }]);
  });

  it('counts connections that end without an event as failures, and gives up', async () => {
    const { calls, queries } = serviceOf([]);
    await assert.rejects(followEvents(calls, EVENTS, options).next(), { code: 'UNAVAILABLE' });
    assert.equal(queries.length, 4);
  });

  it('resets the count of failures once an event has arrived', async () => {
    const { calls, queries } = serviceOf(['', '', event('1', 'progress'), '', '', event('2', 'end')]);
    let count = 0;
    for await (const _ of followEvents(calls, EVENTS, options)) count += 1;
    assert.equal(count, 2);
    assert.equal(queries.length, 6);
  });
});
