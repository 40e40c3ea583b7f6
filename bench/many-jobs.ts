import { parseArgs } from 'node:util';
import { runManyJobs } from './support/many-jobs.ts';

/**
 * `npm run test:long -- jobs [--jobs N]`: runs many short jobs of several priorities, while a live stream plays and a
 * hundred clients at once ask for the jobs.
 */
const { values } = parseArgs({ options: { jobs: { type: 'string', default: '300' } } });
const problems = await runManyJobs({ jobs: Number(values.jobs), say: console.log });
for (const problem of problems) console.log(`broken: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
