import { parseArgs } from 'node:util';
import { ATTACKS } from './attack/attacks.ts';
import { runAttacks } from './attack/run-attacks.ts';

/**
 * `npm run attack [-- NAME… --seconds N]`: attacks services of its own on this machine, and prints for each kind of attack
 * whether they held. `--list` lists the kinds. Exits with 1 when one is broken. docs/security.md
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'boolean', default: false }, seconds: { type: 'string', default: '75' } },
});
const seconds = Number(values.seconds);
const unknown = positionals.filter((name) => !Object.hasOwn(ATTACKS, name));
if (!(seconds > 0) || unknown.length > 0) {
  console.error(`--seconds must be a number above 0, names some of ${Object.keys(ATTACKS).join(', ')}`);
  process.exit(2);
}
const chosen = Object.entries(ATTACKS).filter(([name]) => positionals.length === 0 || positionals.includes(name));
if (values.list) for (const [name, { about }] of chosen) console.log(`${name.padEnd(14)} ${about}`);
else {
  const hasHeld = await runAttacks(Object.fromEntries(chosen), { seconds, slack: 1, print: console.log });
  process.exit(hasHeld ? 0 : 1);
}
