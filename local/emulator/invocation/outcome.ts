import { ResponseTooLarge } from '../response/response-too-large.ts';

/** How an invocation ended. */
export type InvocationOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'timed_out'; readonly timeoutMs: number }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'too_large'; readonly limitBytes: number }
  /** The client disconnected, or the host ended the invocation, before the function was done. */
  | { readonly kind: 'client_left' };

/** The outcome of one invocation, for the log. */
export type InvocationRecord = {
  readonly functionName: string;
  readonly requestId: string;
  readonly durationMs: number;
  readonly outcome: InvocationOutcome;
};

export function outcomeOfError(error: unknown): InvocationOutcome {
  return error instanceof ResponseTooLarge
    ? { kind: 'too_large', limitBytes: error.limitBytes }
    : { kind: 'failed', error };
}
