import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createEventBuffer } from '../../../client/stream/event-buffer.ts';

describe('the events of a stream', () => {
  it('reach listeners that are added right after the stream exists, in order', async () => {
    const events = new EventEmitter();
    const buffer = createEventBuffer<{ readonly type: string; readonly index: number }>();
    const seen: number[] = [];
    buffer.emit({ type: 'track', index: 0 });
    buffer.attach(events);
    events.on('track', ({ index }) => seen.push(index));
    buffer.emit({ type: 'track', index: 1 });
    await setImmediate();
    buffer.emit({ type: 'track', index: 2 });
    assert.deepEqual(seen, [0, 1, 2]);
  });
});
