import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { AppError, toAppError } from '#lib/errors.ts';
import type { CancelledBy } from './record.ts';

export type SessionOutcome = { readonly bytes: number } & (
  | { readonly state: 'completed' }
  | { readonly state: 'failed'; readonly error: AppError }
  | { readonly state: 'cancelled'; readonly by: CancelledBy }
);

/** The reader disconnected, or a request cancelled the session. This is not a failure. */
export class LeftError extends Error {
  override readonly name = 'LeftError';
  readonly by: CancelledBy;

  constructor(by: CancelledBy = 'reader') {
    super();
    this.by = by;
  }
}

/** Returns why a session was stopped; undefined if it was not. */
export function stopReason({ aborted, reason }: AbortSignal): AppError | LeftError | undefined {
  if (!aborted) return undefined;
  return reason instanceof AppError || reason instanceof LeftError ? reason : new LeftError();
}

/** Resolves when the body has closed: with undefined when it ended normally, else with the reason. */
export async function closeReason(body: Readable, stopped: AbortSignal): Promise<AppError | LeftError | undefined> {
  if (!body.closed) await once(body, 'close').catch(() => undefined);
  if (body.readableEnded) return undefined;
  const reasons = [stopped.reason, body.errored];
  return reasons.find((reason) => reason instanceof AppError) ?? stopReason(stopped) ?? new LeftError();
}

/** Returns the outcome of a session that was stopped for `reason`; undefined means that it completed. */
export function sessionOutcome(reason: unknown, bytes: number): SessionOutcome {
  if (reason === undefined) return { state: 'completed', bytes };
  if (reason instanceof LeftError) return { state: 'cancelled', by: reason.by, bytes };
  return { state: 'failed', error: toAppError(reason), bytes };
}
