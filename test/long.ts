/** `npm run test:long` lists the long runs; `npm run test:long -- NAME [options]` is one of them. */
type LongRun = {
  readonly about: string;
  readonly program: URL;
  /** Come before those of the command line. */
  readonly args: readonly string[];
};

const bench = (file: string): URL => new URL(`../bench/${file}`, import.meta.url);

const LONG_RUNS: Readonly<Record<string, LongRun>> = {
  soak: {
    about:
      'playlists on ten channels while processes, disk and sources fail (5 min; --minutes N --seed S --channels N)',
    program: bench('soak.ts'),
    args: [],
  },
  fuzz: {
    about: 'damaged media and requests against the whole service (2 min; --minutes N --seed S --replay FOLDER)',
    program: bench('fuzz/fuzz.ts'),
    args: [],
  },
  attack: {
    about: 'hostile callers, sources, pages, tokens and name servers (6 min; NAME… --list --seconds N)',
    program: bench('attack.ts'),
    args: [],
  },
  kills: {
    about: 'a playlist whose service is killed 100 times (6 min; --rounds N)',
    program: bench('run.ts'),
    args: ['kills'],
  },
  jobs: {
    about: '300 short jobs while a live stream plays and clients ask for them (5 min; --jobs N)',
    program: bench('many-jobs.ts'),
    args: [],
  },
  runners: {
    about: 'jobs on two machines whose runners are killed 20 times (5 min; --kills N --jobs N --seed S)',
    program: bench('runner-kills.ts'),
    args: [],
  },
  input: {
    about: 'a job with an input and a result of 1 GB, in a runner that stays under 200 MB (1 min)',
    program: bench('big-input.ts'),
    args: [],
  },
  queue: {
    about: 'a running job while the database is down, and another one whose machine dies (3 min; --seconds N)',
    program: bench('queue-outage.ts'),
    args: [],
  },
};

const [name, ...options] = process.argv.slice(2);
const run = name === undefined ? undefined : LONG_RUNS[name];
if (run === undefined) {
  const lines = Object.entries(LONG_RUNS).map(([each, { about }]) => `${each.padEnd(6)} ${about}\n`);
  process.stdout.write(lines.join(''));
  if (name !== undefined) process.stderr.write(`there is no long run ${name}\n`);
  process.exitCode = name === undefined ? 0 : 2;
} else {
  // The program reads its arguments when it is imported.
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...run.args, ...options);
  await import(run.program.href);
}
