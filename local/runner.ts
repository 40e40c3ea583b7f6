import { readSettings } from '#lib/process/settings.ts';
import { runningServerUrl } from './postgres/running-server.ts';

/**
 * `npm run runner [-- drain]`: runs `runner/run.ts`. Without DATABASE_URL, the database is that of a running `npm start` on
 * the same DATA_DIR.
 */
const { DATABASE_URL, DATA_DIR } = readSettings();
const running = DATABASE_URL === undefined ? await runningServerUrl(DATA_DIR) : undefined;
if (running !== undefined) process.env['DATABASE_URL'] = running;
await import(new URL('../runner/run.ts', import.meta.url).href);
