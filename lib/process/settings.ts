import { type Config, loadConfig } from '#lib/config.ts';

/** Returns the settings of this process. When some are invalid, reports each on a line and exits with 1. */
export function readSettings(): Config {
  try {
    return loadConfig();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}
