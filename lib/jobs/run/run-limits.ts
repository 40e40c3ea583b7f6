const GIBIBYTE = 2 ** 30;

/** The limits of one attempt. */
export type RunLimits = {
  /** Largest input, bytes. */
  readonly inputBytes: number;
  /** Most bytes of all outputs. */
  readonly outputBytes: number;
  /** Inputs that are fetched at once. */
  readonly parallelInputs: number;
  /** Most bytes in the scratch folder: this many times the inputs, and some more. */
  readonly scratch: { readonly timesInputs: number; readonly moreBytes: number };
  /** Niceness of ffmpeg and ffprobe relative to the runner: encoding must not slow down what is heard and seen live. */
  readonly niceness: number;
  /** Memory of one ffmpeg or ffprobe. */
  readonly memoryBytes: number;
  /** Longest time to encode and to check: this many times the length of the result, and some more. */
  readonly wall: { readonly timesLength: number; readonly moreSeconds: number };
  /** Time after which an ffmpeg that neither reads, writes nor computes is ended, ms. */
  readonly stallMs: number;
  /** CPU time of an ffprobe, ms. */
  readonly probeMs: number;
};

export const RUN_LIMITS: RunLimits = {
  inputBytes: GIBIBYTE,
  outputBytes: 4 * GIBIBYTE,
  parallelInputs: 8,
  scratch: { timesInputs: 3, moreBytes: 5 * GIBIBYTE },
  niceness: 10,
  memoryBytes: 2 * GIBIBYTE,
  wall: { timesLength: 10, moreSeconds: 600 },
  stallMs: 60_000,
  probeMs: 120_000,
};
