import { fileURLToPath } from 'node:url';

/** The slim host as a process: the program, its Node options and its environment. */
export const HOST_PROCESS = {
  file: new URL('host.ts', import.meta.url),
  /**
   * A small young generation: streamed data are short-lived, and a fork of an ffmpeg has to copy every page that the
   * host holds. This reduced 145 MB to 115 MB and halved the time of a fork. Packages come in a few files, which
   * saves 15 MB and a quarter of the CPU time of a start.
   */
  execArgv: ['--max-semi-space-size=2', '--import', new URL('packages/preload.ts', import.meta.url).href],
  environment: {
    /** Keeps stripped and compiled code: a third less memory at the start. */
    NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)),
    /** One C library heap for all threads, which returns unused memory: 8 MB less. */
    MALLOC_ARENA_MAX: '1',
    MALLOC_TRIM_THRESHOLD_: '65536',
    /**
     * Each buffer of 16 KiB or more has its own mapping, which is returned when it is freed. In the heap, freed buffers
     * leave gaps that the C library keeps: 20 s of a greedy caller left 89 instead of 168 MB. It costs 7 % more CPU time
     * of the host, without its ffmpegs, for live Opus streams, and nothing measurable for PCM.
     */
    MALLOC_MMAP_THRESHOLD_: '16384',
  },
} as const;
