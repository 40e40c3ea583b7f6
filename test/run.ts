import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec, type TestEvent } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { provideBuilds } from './support/built-once.ts';
import { CONFINED } from './support/confined.ts';
import { filesIn, filesOf, laneOf, PROJECT, pathToStarter, testFiles } from './support/lanes.ts';
import { joinPhases, type Phase } from './support/phases.ts';
import { provideTemplate } from './support/postgres-template.ts';
import { startTimes } from './support/times.ts';

/**
 * `npm test [-- FILE…]` runs every test file but those of video jobs, or those named (globs too), lane by lane;
 * docs/reference/testing.md. `--jobs` runs those of video jobs, `--unit` the unit lane only; `--times` also prints the time
 * of each file and folder. Ends with 1 when a test fails.
 */
const { values, positionals } = parseArgs({
  options: {
    unit: { type: 'boolean', default: false },
    jobs: { type: 'boolean', default: false },
    times: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

const TIMEOUT_MS = 300_000;
/** For two cores: files wait half of their time. */
const PARALLEL_FILES = 6;
const TIMED_FILES = 4;
/** Files of one phase that may still run when the next phase starts. */
const OVERLAP = 2;

const support = (file: string): string => join(PROJECT, 'test', 'support', file);
const importing = (...files: readonly string[]): string[] => files.flatMap((file) => ['--import', support(file)]);
/** As in the service itself: fewer modules to load. */
const JOINED_PACKAGES = ['--import', join(PROJECT, 'local', 'packages', 'preload.ts')];

const files =
  positionals.length > 0 ? await testFiles(positionals) : filesOf(values.jobs ? 'jobs' : 'main', await testFiles());
if (files.length === 0) {
  process.stderr.write(`no test file matches ${positionals.join(' ')}\n`);
  process.exit(2);
}
if (values.unit && positionals.length > 0) requireUnit(files);
const unit = filesIn('unit', files);

// Code is stripped and compiled once, not in each of about 150 processes.
process.env['NODE_COMPILE_CACHE'] ??= join(PROJECT, 'node_modules', '.cache', 'compile');
using _template = provideTemplate();
using _builds = provideBuilds();
using times = values.times ? startTimes() : undefined;
const always = [...JOINED_PACKAGES, ...importing('fixed-seed.ts', ...(values.times ? ['report-time.ts'] : []))];

const unitLane = {
  files: unit.length === 0 ? [] : [support('unit-lane.ts')],
  argv: unit,
  concurrency: 1,
  execArgv: [...CONFINED, ...always],
};
const parallelLane = { files: filesIn('parallel', files), concurrency: PARALLEL_FILES, execArgv: always };
const timedLane = { files: filesIn('timed', files), concurrency: TIMED_FILES, execArgv: always };
// The unit lane alone would keep one core busy.
const lanes = values.unit ? [[unitLane]] : [[unitLane, parallelLane], [timedLane]];

// The running files are ended, what this process has made is removed; a second signal ends it at once.
const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());

const phases = lanes.map((together): Phase => {
  const inUse = together.filter((lane) => lane.files.length > 0);
  return {
    runs: inUse.map(
      (lane) => () =>
        run({ ...lane, cwd: PROJECT, timeout: TIMEOUT_MS, signal: abort.signal }) as AsyncIterable<TestEvent>,
    ),
    files: inUse.reduce((sum, lane) => sum + lane.files.length, 0),
  };
});
const events = joinPhases(phases, OVERLAP);
await pipeline(Readable.from(judged(times?.count(events) ?? events)), new spec(), process.stdout, { end: false });
if (times !== undefined) process.stdout.write(times.tables());

/** Passes the events on, and sets the exit code by the summary. */
async function* judged(all: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent, void> {
  for await (const event of all) {
    if (event.type === 'test:summary' && event.data.file === undefined && !event.data.success) process.exitCode = 1;
    yield event;
  }
}

function requireUnit(named: readonly string[]): void {
  const others = named.filter((file) => laneOf(file) !== 'unit');
  if (others.length === 0) return;
  for (const file of others) process.stderr.write(`not a unit test: ${pathToStarter(file)?.join(' > ') ?? file}\n`);
  process.exit(2);
}
