import { parseArgs } from 'node:util';
import { ATTACKS, type AttackName } from './attack/attacks.ts';
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
const all = Object.keys(ATTACKS) as AttackName[];
const unknown = positionals.filter((name) => !(all as string[]).includes(name));
if (!(seconds > 0) || unknown.length > 0) {
  console.error(`--seconds must be a number above 0, names some of ${all.join(', ')}`);
  process.exit(2);
}
if (values.list) for (const name of all) console.log(`${name.padEnd(13)} ${ATTACKS[name].about}`);
else {
  const names = positionals.length === 0 ? all : (positionals as AttackName[]);
  process.exit((await runAttacks(names, { seconds, slack: 1 })) ? 0 : 1);
}
