/** The work of one kind in this process. */
export type Runner = {
  /** Takes nothing new, and hands back what does not end within SHUTDOWN_GRACE_SECONDS. */
  stop(): Promise<void>;
  /** Resolves when `npm run runner -- drain` has emptied it. */
  readonly drained: Promise<void>;
};
