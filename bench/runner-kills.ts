import { parseArgs } from 'node:util';
import { killRunners } from './support/runner-kills.ts';

/**
 * `npm run test:long -- runners [--kills N --jobs N --seed S]`: runs jobs on two machines and kills one of their runners
 * again and again. Each job must complete once, and nothing may be left over.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    jobs: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
  },
});
const problems = await killRunners({
  kills: Number(values.kills),
  jobs: Number(values.jobs),
  seed: Number(values.seed),
  say: console.log,
});
for (const problem of problems) console.log(`broken: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
