import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { joinPhases, type Phase, type Run } from './support/phases.ts';

const diagnostic = (message: string): TestEvent =>
  ({ type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } }) as TestEvent;

/** Longer than these tests take. */
const REPORTED_MS = 1_000_000;

/** The events of a run: its number of tests, and how many failed. */
function runOf(tests: number, failed: number): Run {
  const counts = { tests, passed: tests - failed, cancelled: 0, skipped: 0, todo: 0, topLevel: tests, suites: 0 };
  return async function* () {
    yield diagnostic('a note');
    yield diagnostic(`tests ${tests}`);
    yield diagnostic(`fail ${failed}`);
    yield diagnostic(`duration_ms ${REPORTED_MS}`);
    yield { type: 'test:summary', data: { success: failed === 0, counts, duration_ms: REPORTED_MS, file: undefined } };
  };
}

async function eventsOf(...phases: readonly (readonly Run[])[]): Promise<TestEvent[]> {
  return await eventsOfPhases(phases.map((runs) => ({ runs, files: runs.length })));
}

async function eventsOfPhases(phases: readonly Phase[], overlap = 0): Promise<TestEvent[]> {
  return await Array.fromAsync(joinPhases(phases, overlap));
}

describe('runs that follow one another', () => {
  it('end with one summary', async () => {
    const events = await eventsOf([runOf(3, 0)], [runOf(4, 0)]);
    const messages = events.flatMap(({ type, data }) => (type === 'test:diagnostic' ? [data.message] : []));
    assert.deepEqual(messages.slice(0, -1), ['a note', 'a note', 'tests 7', 'fail 0']);
    const [summary, ...others] = events.flatMap(({ type, data }) => (type === 'test:summary' ? [data] : []));
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(summary, {
      success: true,
      counts: { tests: 7, passed: 7, cancelled: 0, skipped: 0, todo: 0, topLevel: 7, suites: 0 },
      file: undefined,
    });
  });

  it('report the time that passed, which is not the sum of their times', async () => {
    const events = await eventsOf([runOf(3, 0), runOf(4, 0)]);
    const last = events.at(-1);
    assert.ok(last?.type === 'test:summary' && last.data.duration_ms < REPORTED_MS);
    const shown = events.flatMap(({ type, data }) => (type === 'test:diagnostic' ? [data.message] : [])).at(-1);
    assert.equal(shown, `duration_ms ${last.data.duration_ms}`);
  });

  it('fail when one of them does, and go on after it', async () => {
    const events = await eventsOf([runOf(3, 1)], [runOf(4, 0)]);
    const last = events.at(-1);
    assert.ok(last?.type === 'test:summary' && !last.data.success);
    assert.equal(last.data.counts.tests, 7);
  });

  it('start together in a phase, report in order, and end before the next phase starts', async () => {
    const did: string[] = [];
    const named =
      (name: string): Run =>
      () => {
        did.push(`${name} starts`);
        return (async function* () {
          yield diagnostic(name);
          did.push(`${name} ends`);
        })();
      };
    await eventsOf([named('a'), named('b')], [named('c')]);
    assert.deepEqual(did, ['a starts', 'b starts', 'a ends', 'b ends', 'c starts', 'c ends']);
  });

  it('start when only as many files of the phase before are left as may overlap', async () => {
    const did: string[] = [];
    const files: Run = async function* () {
      for (const file of ['a', 'b', 'c']) {
        did.push(`${file} ends`);
        yield { type: 'test:summary', data: { file } } as TestEvent;
      }
    };
    const next: Run = () => {
      did.push('the next phase starts');
      return (async function* () {})();
    };
    await eventsOfPhases(
      [
        { runs: [files], files: 3 },
        { runs: [next], files: 1 },
      ],
      1,
    );
    assert.deepEqual(did, ['a ends', 'b ends', 'the next phase starts', 'c ends']);
  });
});
