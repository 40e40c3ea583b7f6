import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { joinPhases, type Phase } from './support/phases.ts';

const diagnostic = (message: string): TestEvent =>
  ({ type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } }) as TestEvent;

/** The events of a run: its number of tests, and how many failed. */
function phase(tests: number, failed: number): Phase {
  const counts = { tests, passed: tests - failed, cancelled: 0, skipped: 0, todo: 0, topLevel: tests, suites: 0 };
  return async function* () {
    yield diagnostic('a note');
    yield diagnostic(`tests ${tests}`);
    yield diagnostic(`fail ${failed}`);
    yield { type: 'test:summary', data: { success: failed === 0, counts, duration_ms: 5, file: undefined } };
  };
}

async function eventsOf(...phases: readonly Phase[]): Promise<TestEvent[]> {
  return await Array.fromAsync(joinPhases(phases));
}

describe('runs that follow one another', () => {
  it('end with one summary', async () => {
    const events = await eventsOf(phase(3, 0), phase(4, 0));
    const messages = events.flatMap(({ type, data }) => (type === 'test:diagnostic' ? [data.message] : []));
    assert.deepEqual(messages, ['a note', 'a note', 'tests 7', 'fail 0']);
    const summaries = events.filter(({ type }) => type === 'test:summary').map(({ data }) => data);
    assert.deepEqual(summaries, [
      {
        success: true,
        counts: { tests: 7, passed: 7, cancelled: 0, skipped: 0, todo: 0, topLevel: 7, suites: 0 },
        duration_ms: 10,
        file: undefined,
      },
    ]);
  });

  it('fail when one of them does, and go on after it', async () => {
    const events = await eventsOf(phase(3, 1), phase(4, 0));
    const last = events.at(-1);
    assert.ok(last?.type === 'test:summary' && !last.data.success);
    assert.equal(last.data.counts.tests, 7);
  });
});
