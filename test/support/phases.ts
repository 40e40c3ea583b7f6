import type { EventData } from 'node:test';
import type { TestEvent } from 'node:test/reporters';

/** Starts one run of the test runner and returns its events. */
export type Run = () => AsyncIterable<TestEvent>;

/** Runs that start together, and how many files they have. */
export type Phase = { readonly runs: readonly Run[]; readonly files: number };

/** The lines at the end of a run. */
const TOTAL = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/;

/**
 * The events of several runs as those of one run, one run after the other, with one summary at the end. A phase starts
 * when at most `overlap` files of the one before have not ended, whether they pass or fail.
 */
export async function* joinPhases(phases: readonly Phase[], overlap: number): AsyncGenerator<TestEvent, void> {
  const startedAt = performance.now();
  const totals: Totals = {};
  const summaries: EventData.TestSummary[] = [];
  const started: AsyncIterable<TestEvent>[][] = [];
  // The events of a run wait until they are read.
  const start = (index: number): AsyncIterable<TestEvent>[] => {
    started[index] ??= phases[index]?.runs.map((run) => run()) ?? [];
    return started[index];
  };
  for (const [index, { files }] of phases.entries()) {
    let left = files;
    for (const events of start(index)) {
      for await (const event of events) {
        if (isSummaryOfFile(event)) left -= 1;
        if (left <= overlap) start(index + 1);
        const [, name, value] = (isDiagnostic(event) && TOTAL.exec(event.data.message)) || [];
        if (name !== undefined) add(totals, { [name]: Number(value) });
        else if (isSummaryOfRun(event)) summaries.push(event.data);
        else yield event;
      }
    }
  }
  const duration_ms = performance.now() - startedAt;
  for (const [name, value] of Object.entries({ ...totals, duration_ms })) {
    yield { type: 'test:diagnostic', data: { nesting: 0, message: `${name} ${value}`, level: 'info' } } as TestEvent;
  }
  yield { type: 'test:summary', data: { ...joinSummaries(summaries), duration_ms } };
}

type Totals = Record<string, number>;

function add(totals: Totals, values: Readonly<Totals>): void {
  for (const [name, value] of Object.entries(values)) totals[name] = (totals[name] ?? 0) + value;
}

function joinSummaries(summaries: readonly EventData.TestSummary[]): Omit<EventData.TestSummary, 'duration_ms'> {
  const counts = {} as EventData.TestSummary['counts'];
  for (const summary of summaries) add(counts, summary.counts);
  return {
    success: summaries.every(({ success }) => success),
    counts,
    file: undefined,
  };
}

function isDiagnostic(event: TestEvent): event is Extract<TestEvent, { type: 'test:diagnostic' }> {
  return event.type === 'test:diagnostic' && event.data.nesting === 0;
}

function isSummaryOfFile(event: TestEvent): boolean {
  return event.type === 'test:summary' && event.data.file !== undefined;
}

function isSummaryOfRun(event: TestEvent): event is Extract<TestEvent, { type: 'test:summary' }> {
  return event.type === 'test:summary' && event.data.file === undefined;
}
