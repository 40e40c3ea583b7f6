import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { PROJECT } from './lanes.ts';

// Tests that wait for a timer without a reference fail when nothing else keeps the process alive.
const alive = setInterval(() => undefined, 60_000);
after(() => clearInterval(alive));

/** Loads the test files named by its arguments into this process. */
for (const file of process.argv.slice(2)) await import(new URL(file, pathToFileURL(PROJECT)).href);
