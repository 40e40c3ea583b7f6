/** The time limits of a client. */
export type Timeouts = {
  /** Longest wait for the service’s first audio before the client falls back, ms; a later position adds to it. */
  readonly firstAudioMs: number;
  /** Longest silence of a stream while its reader waits, ms. */
  readonly silenceMs: number;
  /** How far a stream may fall behind real time while its reader waits, ms. */
  readonly behindMs: number;
  /** Longest wait for a response that is not a stream, ms. */
  readonly requestMs: number;
  /** Longest wait for a health probe, ms. */
  readonly probeMs: number;
  /** How long a stream may make no progress before it fails, ms; a later position adds to it. */
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
