import type { Config } from '#lib/config.ts';
import type { Runner } from './runner.ts';

export type RunnerKind = Config['RUNNER_KINDS'][number];

/** Starts the work of each kind. A process loads only what its kinds need. */
export const STARTERS: { readonly [Kind in RunnerKind]: (config: Config) => Promise<Runner> } = {
  jobs: async (config) => (await import('./jobs.ts')).startJobs(config),
};
