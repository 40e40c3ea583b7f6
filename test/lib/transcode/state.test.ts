import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hasEnded, mayBecome, TRANSCODE_STATES, TRANSITIONS, type TranscodeState } from '#lib/transcode/state.ts';

const states = fc.constantFrom(...TRANSCODE_STATES);

/** Returns the states of a transcode that is asked to enter all these. */
function walk(asked: readonly TranscodeState[]): TranscodeState[] {
  const path: TranscodeState[] = ['pending'];
  for (const next of asked) if (mayBecome(path.at(-1) ?? 'pending', next)) path.push(next);
  return path;
}

describe('the states of a transcode', () => {
  it('are never entered twice', () => {
    fc.assert(
      fc.property(fc.array(states, { maxLength: 30 }), (asked) => {
        const path = walk(asked);
        assert.equal(new Set(path).size, path.length);
      }),
    );
  });

  it('are final after an end state', () => {
    fc.assert(
      fc.property(fc.array(states, { maxLength: 30 }), fc.array(states, { maxLength: 10 }), (asked, more) => {
        const path = walk(asked);
        if (hasEnded(path.at(-1) ?? 'pending')) assert.deepEqual(walk([...asked, ...more]), path);
      }),
    );
  });

  it('complete only after streaming, and may fail or be cancelled at any time before', () => {
    for (const state of TRANSCODE_STATES) {
      assert.equal(mayBecome(state, 'completed'), state === 'streaming', state);
      assert.equal(mayBecome(state, 'failed'), !hasEnded(state), state);
      assert.equal(mayBecome(state, 'cancelled'), !hasEnded(state), state);
    }
    assert.deepEqual(Object.keys(TRANSITIONS), [...TRANSCODE_STATES]);
  });
});
