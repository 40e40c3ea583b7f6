import { fileURLToPath } from 'node:url';

/** The slim host as a process: the program, and how Node is to run it. */
export const HOST_PROCESS = {
  file: new URL('host.ts', import.meta.url),
  /**
   * A small young generation: what streams through is short-lived, and every page the host holds is one more that has
   * to be copied when it forks an ffmpeg. 145 MB became 115, and a fork half as long.
   */
  execArgv: ['--max-semi-space-size=2'],
  environment: {
    /** Code that was stripped and compiled once is not again: a third less memory at the start. */
    NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)),
    /** One heap of the C library for all threads, which gives back what it does not need: 8 MB less. */
    MALLOC_ARENA_MAX: '1',
    MALLOC_TRIM_THRESHOLD_: '65536',
  },
} as const;
