import { HOST_PROCESS } from './host-process.ts';

/** A runner as a process: it is mostly idle, and its ffmpegs do the work. */
export const RUNNER_PROCESS = {
  ...HOST_PROCESS,
  file: new URL('../runner/run.ts', import.meta.url),
  /** It frees the memory of its start itself: about 6 MB less. */
  execArgv: [...HOST_PROCESS.execArgv, '--expose-gc'],
} as const;
