import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { FAULT_KINDS, type FaultKind } from './soak/fault-plan.ts';
import { runSoak } from './soak/run.ts';

/**
 * `npm run test:long -- soak [--minutes N] [--seed S] [--channels N] [--faults KIND,KIND|none]`: plays playlists on
 * several channels from its own system, with constant faults; docs/reference/soak.md. Exits with 1 and lists the
 * violations, if any.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    channels: { type: 'string', default: '10' },
    faults: { type: 'string', default: FAULT_KINDS.join(',') },
  },
});
const [minutes, channels] = [Number(values.minutes), Number(values.channels)];
const kinds = values.faults === 'none' ? [] : values.faults.split(',');
const unknown = kinds.filter((kind) => !FAULT_KINDS.includes(kind as FaultKind));
if (!(minutes > 0) || !(Number.isInteger(channels) && channels > 0) || unknown.length > 0) {
  console.error(`--minutes and --channels must be numbers above 0, --faults some of ${FAULT_KINDS.join(', ')}`);
  process.exit(2);
}
const isClean = await runSoak({ minutes, channels, seed: values.seed, kinds: kinds as FaultKind[] }).catch(
  (error: Error) => {
    console.error(error.message === 'interrupted' ? 'interrupted' : error);
    process.exit(1);
  },
);
process.exit(isClean ? 0 : 1);
