import type { AttemptResult } from './outcome.ts';

/** The channel on which the store notifies of new callbacks. */
export const CALLBACKS_CHANNEL = 'callbacks';

/** What happens to a callback. `dropped`: there were too many, so it was never sent. */
export const CALLBACK_STATUSES = ['pending', 'delivered', 'failed', 'dropped'] as const;
export type CallbackStatus = (typeof CALLBACK_STATUSES)[number];

/** A callback that wants an attempt now. */
export type ClaimedCallback = {
  readonly id: string;
  readonly owner: string;
  readonly subjectId: string;
  readonly event: string;
  readonly url: string;
  readonly body: string;
  /** Failed attempts in a row so far. */
  readonly failures: number;
};

export type Claim = {
  readonly claimed: readonly ClaimedCallback[];
  /** Time until the next one is due, ms; undefined when none waits. */
  readonly nextInMs: number | undefined;
};

export type ClaimOptions = {
  readonly worker: string;
  readonly limit: number;
  /** How many of them may be for owners that have an attempt running, or get more than one now. */
  readonly furtherLimit: number;
  /** Most attempts of one owner at a time, over all workers. */
  readonly perOwner: number;
  /** Time after which another worker takes over, ms. */
  readonly leaseMs: number;
};

/** The end of an attempt, and what is next. */
export type Settlement = {
  readonly id: string;
  readonly worker: string;
  readonly result: AttemptResult;
  readonly startedAt: Date;
  readonly ms: number;
} & (
  | { readonly status: 'delivered' | 'failed' }
  | { readonly status: 'pending' /** Wait before the next attempt, ms. */; readonly delayMs: number }
);

/** The callbacks that wait. Several workers share it. Methods throw UNAVAILABLE while it is down. */
export type CallbackQueue = {
  /** Takes callbacks that are due, in turn among owners. */
  claim(options: ClaimOptions): Promise<Claim>;
  /** Records an attempt. Does nothing when another worker has taken over. */
  settle(settlement: Settlement): Promise<void>;
  /** Gives a callback back without an attempt, for `delayMs` from now. */
  release(released: { readonly id: string; readonly worker: string; readonly delayMs: number }): Promise<void>;
};
