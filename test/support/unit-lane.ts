import { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { PROJECT } from './lanes.ts';

/** Loads the test files named by its arguments into this process. */
const { promise: loaded, resolve: start } = Promise.withResolvers<void>();
// No test starts before all files are loaded: otherwise hooks and the end of the run come too early.
before(() => loaded);
// Tests that wait for a timer without a reference fail when nothing else keeps the process alive.
const alive = setInterval(() => undefined, 60_000);
after(() => clearInterval(alive));

for (const file of process.argv.slice(2)) await import(new URL(file, pathToFileURL(PROJECT)).href);
start();
