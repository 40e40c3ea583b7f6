import { services } from '#lib/function-process.ts';

/** What the platform calls by the clock: there, no process lives long enough to clear up by itself. */
export const handler = () => services.maintenance.run();
