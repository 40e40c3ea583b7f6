import { pathToFileURL } from 'node:url';
import { PROJECT } from './lanes.ts';

/** Loads the test files named by its arguments into this process. */
for (const file of process.argv.slice(2)) await import(new URL(file, pathToFileURL(PROJECT)).href);
