export type Timeouts = {
  /** Longest wait from a request to the service’s first audio, before the fallback is started, ms; longer for a later position. */
  readonly firstAudioMs: number;
  /** Longest silence of a playing stream, while its reader waits, ms. */
  readonly silenceMs: number;
  /** How far a stream may fall behind its own real time, while its reader waits, ms. */
  readonly behindMs: number;
  /** Longest wait for a response that is not a stream, ms. */
  readonly requestMs: number;
  /** Longest wait for a health probe, ms. */
  readonly probeMs: number;
  /** How long a stream may make no progress before it is given up, ms; longer for a later position. */
  readonly giveUpMs: number;
};

export const TIMEOUTS: Timeouts = {
  firstAudioMs: 2_000,
  silenceMs: 800,
  behindMs: 1_000,
  requestMs: 5_000,
  probeMs: 250,
  giveUpMs: 15_000,
};
