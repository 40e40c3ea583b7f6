import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lifecycle } from '#lib/work/lifecycle.ts';

describe('a lifecycle', () => {
  const { mayBecome, hasEnded } = lifecycle({ waiting: ['running'], running: ['waiting', 'done'], done: [] });

  it('allows only the transitions in its table', () => {
    assert.equal(mayBecome('waiting', 'running'), true);
    assert.equal(mayBecome('running', 'waiting'), true);
    assert.equal(mayBecome('waiting', 'done'), false);
    assert.equal(mayBecome('waiting', 'waiting'), false);
  });

  it('ends in a state without transitions', () => {
    assert.deepEqual(
      ['waiting', 'running', 'done'].map((state) => hasEnded(state as 'done')),
      [false, false, true],
    );
  });
});
