import { DISCORD, TELEGRAM } from './packages.ts';

/**
 * Installs the packages of the examples from PyPI and npm, once. Where that fails it prints the reason and the suite
 * skips the example; in CI it exits with 1.
 */
const report = (line: string): void => void process.stderr.write(`test:examples: ${line}\n`);

for (const packages of [TELEGRAM, DISCORD]) {
  if (packages.folder() !== undefined) continue;
  report(`installing the packages of examples/${packages.name}`);
  await packages.install().catch((error: Error) => {
    report(error.message);
    if (process.env['CI']) process.exitCode = 1;
  });
}
