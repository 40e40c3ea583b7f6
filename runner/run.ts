import { parseArgs } from 'node:util';
import { holdDataDir } from '#lib/process/data-dir.ts';
import { reportReady, runPart } from '#lib/process/part.ts';
import { readSettings } from '#lib/process/settings.ts';
import { drainRunners } from './drain.ts';
import { STARTERS } from './kinds.ts';
import type { Runner } from './runner.ts';

/**
 * `npm run runner`: a long-lived process that does the work of RUNNER_KINDS until SIGTERM. `npm run runner -- drain` lets
 * the runners of this machine end.
 */
const { positionals } = parseArgs({ allowPositionals: true });
const config = readSettings();

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

if (positionals[0] === 'drain') process.exit((await drainRunners(config)) ? 0 : 1);
if (positionals.length > 0) fail(`unknown command ${positionals[0]}: the only one is drain`);
if (config.RUNNER_KINDS.length === 0)
  fail('RUNNER_KINDS is empty: set it to the kinds of work that this process does, such as jobs');

const runners: Runner[] = [];
runPart(async () => void (await Promise.all(runners.map((runner) => runner.stop()))));
for (const kind of config.RUNNER_KINDS) {
  await holdDataDir(config.DATA_DIR, `runner-of-${kind}`).catch((error: Error) => fail(error.message));
}
for (const kind of config.RUNNER_KINDS) {
  const runner = await STARTERS[kind](config).catch((error: Error) => fail(error.message));
  runners.push(runner);
}
reportReady('');
// What only the start needed would stay for as long as the runner is idle.
globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
// A drained runner ends: its supervisor does not start it again, because it exits with 0.
await Promise.all(runners.map((runner) => runner.drained));
process.exit(0);
