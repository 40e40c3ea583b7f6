import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Options of Node for a process that cannot start processes or workers, open sockets, resolve names or write outside
 * the temporary folder. Node's permissions do not cover the network, so an import refuses that.
 */
export const CONFINED: readonly string[] = [
  '--permission',
  '--allow-fs-read=*',
  `--allow-fs-write=${join(tmpdir(), '*')}`,
  '--import',
  new URL('refuse-network.ts', import.meta.url).pathname,
];
