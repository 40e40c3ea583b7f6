import { parseArgs } from 'node:util';
import { chooseRows, ROWS } from './rows.ts';
import { findEarlier } from './support/earlier-commit/find.ts';
import { warmUp } from './support/earlier-commit/warm-up.ts';
import { findFfmpegs } from './support/ffmpegs.ts';
import { machineLines, machineOf } from './support/machine.ts';
import { measureRow } from './support/measure.ts';
import { drawPlots } from './support/plots.ts';
import { RESULTS_FOLDER, type Result, writeResult } from './support/results.ts';
import { tableOf } from './support/table.ts';
import { createTrackFolder } from './support/tracks.ts';

/**
 * `npm run bench [-- ROW…] [--rounds N] [--seconds N] [--results DIR] [--against COMMIT|none]`: measures the named
 * rows, or those of the table, each with its baseline in the same run, and stores the results. `--seconds` is the
 * length of the tracks. Some rows also run the service of an earlier commit: the first of `bench/baseline.txt`, unless
 * `--against` names another. `--list` lists the rows; `--plot` draws the stored results. Exits with 1 when a target is
 * missed.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '180' },
    results: { type: 'string', default: RESULTS_FOLDER },
    against: { type: 'string' },
    list: { type: 'boolean', default: false },
    plot: { type: 'boolean', default: false },
  },
});

// Ends its processes and removes its folders on exit.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}

if (values.list) {
  for (const { name, title, rounds, isExtra } of ROWS) {
    console.log(`${name.padEnd(20)} ${title} (rounds: ${rounds}${isExtra ? '; only on request' : ''})`);
  }
} else if (values.plot) {
  console.log((await drawPlots(values.results)).join('\n'));
} else {
  await measure();
}

async function measure(): Promise<void> {
  const rows = chooseRows(positionals);
  const ffmpegs = await findFfmpegs();
  const machine = machineOf(ffmpegs);
  using music = createTrackFolder(ffmpegs.distribution, wholeNumber('seconds', values.seconds));
  const isCompared = rows.some(({ comparesCommits }) => comparesCommits);
  const { earlier, line } = await findEarlier(isCompared ? values.against : 'none');
  using _checkout = earlier;
  console.log(`${machineLines(machine)}\n${line}\n`);
  if (earlier !== undefined) await warmUp(earlier.host, music);
  const results: Result[] = [];
  for (const row of rows) {
    const rounds = values.rounds === undefined ? row.rounds : wholeNumber('rounds', values.rounds);
    process.stderr.write(`${row.name}: ${row.title}; rounds: ${rounds}\n`);
    try {
      const result = await measureRow(row, { bench: { rounds, ffmpegs, music, ...(earlier && { earlier }) }, machine });
      await writeResult(values.results, result);
      results.push(result);
      // A table for each row, so that a long run shows its results so far.
      if (rows.length > 1) process.stderr.write(`${tableOf([result])}\n\n`);
    } catch (error) {
      process.stderr.write(`${row.name} FAILED: ${error instanceof Error ? error.stack : error}\n`);
      process.exitCode = 1;
    }
  }
  console.log(tableOf(results));
  if (results.some(({ figures }) => figures.some(({ isMet }) => isMet === false))) process.exitCode = 1;
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0`);
  return value;
}
