import { services } from '#lib/function-process.ts';

/** The platform calls this on a schedule: its processes do not live long enough to run maintenance themselves. */
export const handler = () => services.maintenance.run();
