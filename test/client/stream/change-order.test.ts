import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createChangeOrder } from '../../../client/stream/change-order.ts';

const change = (volume: number, appliedAtSample: number) => ({
  filters: { speed: 1, pitch: 0, volume },
  appliedAtSample,
});
const OWN = change(0.5, 1_000);
const OTHERS = change(0.25, 1_000);

describe('A change', () => {
  it('by this client is new once, whether the response or the event arrives first', () => {
    const order = createChangeOrder();
    assert.deepEqual([order.answered(OWN), order.reported({ ...OWN })], [true, false]);
    const other = createChangeOrder();
    assert.deepEqual([other.reported({ ...OWN }), other.answered(OWN)], [true, false]);
  });

  it('by another client is new, unless this client has made a later one', () => {
    const order = createChangeOrder();
    assert.equal(order.reported(OTHERS), true);
    assert.equal(order.answered(OWN), true);
    assert.equal(order.reported(change(0.75, 900)), false, 'reported late');
    assert.equal(order.reported(OWN), false);
    assert.equal(order.reported(OTHERS), true);
  });

  it('that follows one by this client is not undone by the late response to that', () => {
    const order = createChangeOrder();
    assert.deepEqual([order.reported(OWN), order.reported(OTHERS)], [true, true]);
    assert.equal(order.answered({ ...OWN }), false);
  });

  it('that is later than one by this client is new, even if the latter is never reported', () => {
    const order = createChangeOrder();
    order.answered(OWN);
    assert.equal(order.reported(change(0.25, 1_001)), true);
    assert.equal(order.reported(change(0.3, 1_001)), true);
  });
});
