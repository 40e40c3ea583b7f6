import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { PROJECT } from './lanes.ts';
import { scratchFolder } from './scratch-folder.ts';

type Time = {
  readonly file: string;
  readonly from: number;
  readonly wall: number;
  readonly cpu: number;
  readonly tests: number;
};

/** Collects the cost of the files of a run. */
export type Times = Disposable & {
  /** Passes the events on and counts the tests of each file. */
  count(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent, void>;
  /** Start and length in seconds, CPU seconds and tests of each file, the longest first, then of each folder. */
  tables(): string;
};

/** Makes processes that import `report-time.ts` report to this one; `using` ends it. */
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
    tables() {
      const lines = readFileSync(reports, 'utf8').trim().split('\n');
      const times = lines.map((line): Time => {
        const { file, startedAt, wall, cpu } = JSON.parse(line) as Omit<Time, 'from' | 'tests'> & { startedAt: number };
        const from = (startedAt - performance.timeOrigin) / 1_000;
        return { file: file.replace(PROJECT, ''), from, wall, cpu, tests: tests.get(file) ?? 0 };
      });
      const folders = Map.groupBy(times, ({ file }) => folderOf(file));
      const sums = [...folders].map(([name, files]) => sumOf(`${name} (${files.length} files)`, files));
      return `${tableOf('file', times)}\n${tableOf('folder', [...sums, sumOf('all', times)])}`;
    },
    [Symbol.dispose]() {
      delete process.env['TEST_TIMES'];
      folder[Symbol.dispose]();
    },
  };
}

function tableOf(title: string, times: readonly Time[]): string {
  const rows = times.toSorted((one, other) => other.wall - one.wall);
  const lines = rows.map(({ file, from, wall, cpu, tests }) => {
    return `${from.toFixed(1).padStart(8)}${wall.toFixed(1).padStart(8)}${cpu.toFixed(1).padStart(8)}${String(tests).padStart(7)}  ${file}\n`;
  });
  return `    from    wall     cpu  tests  ${title}\n${lines.join('')}`;
}

function sumOf(file: string, times: readonly Time[]): Time {
  const sum = (of: (time: Time) => number): number => times.reduce((total, time) => total + of(time), 0);
  return {
    file,
    from: Math.min(...times.map(({ from }) => from)),
    wall: sum(({ wall }) => wall),
    cpu: sum(({ cpu }) => cpu),
    tests: sum(({ tests }) => tests),
  };
}

/** Large folders below `test` are split once more. */
function folderOf(file: string): string {
  if (file.endsWith('/unit-lane.ts')) return 'unit lane';
  return dirname(file).split('/').slice(0, 3).join('/');
}

function isTest(event: TestEvent): event is Extract<TestEvent, { type: 'test:pass' | 'test:fail' }> {
  return (event.type === 'test:pass' || event.type === 'test:fail') && event.data.details.type !== 'suite';
}
