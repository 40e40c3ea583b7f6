import { readFileSync } from 'node:fs';
import type { TestEvent } from 'node:test/reporters';
import { PROJECT } from './lanes.ts';
import { scratchFolder } from './scratch-folder.ts';

type Time = { readonly file: string; readonly wall: number; readonly cpu: number };

/** What the files of a run cost. */
export type Times = Disposable & {
  /** Passes the events on, and counts the tests of each file. */
  count(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent, void>;
  /** A line for each file, the longest first: seconds, CPU seconds, tests, name. */
  table(): string;
};

/** From now on processes that import `report-time.ts` report here; `using` ends it. */
export function startTimes(): Times {
  const folder = scratchFolder();
  const reports = folder.file('times');
  const tests = new Map<string, number>();
  process.env['TEST_TIMES'] = reports;
  return {
    async *count(events) {
      for await (const event of events) {
        if (isTest(event)) {
          const file = (event.data as { entryFile?: string }).entryFile ?? '';
          tests.set(file, (tests.get(file) ?? 0) + 1);
        }
        yield event;
      }
    },
    table() {
      const times = readFileSync(reports, 'utf8').trim().split('\n');
      const rows = times.map((line) => JSON.parse(line) as Time).toSorted((one, other) => other.wall - one.wall);
      const lines = rows.map(({ file, wall, cpu }) => {
        const [name, count] = [file.replace(PROJECT, ''), tests.get(file) ?? 0];
        return `${wall.toFixed(1).padStart(8)}${cpu.toFixed(1).padStart(8)}${String(count).padStart(7)}  ${name}`;
      });
      return ['    wall     cpu  tests  file', ...lines, ''].join('\n');
    },
    [Symbol.dispose]() {
      delete process.env['TEST_TIMES'];
      folder[Symbol.dispose]();
    },
  };
}

function isTest(event: TestEvent): event is Extract<TestEvent, { type: 'test:pass' | 'test:fail' }> {
  return (event.type === 'test:pass' || event.type === 'test:fail') && event.data.details.type !== 'suite';
}
