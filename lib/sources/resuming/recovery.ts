import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type ErrorDetails } from '#lib/errors.ts';
import type { HttpResponse } from '#lib/sources/connection/http-request.ts';
import { afterFailure, type RestartPolicy } from '#lib/work/restart-policy.ts';
import { judgeResumption, resumeHeaders, type Validators } from './resume-plan.ts';

export type RecoveryOptions = {
  readonly validators: Validators;
  /** Requests the source again with these headers. Rejects as `httpRequest` does. */
  readonly reopen: (headers: Record<string, string>) => Promise<HttpResponse>;
  /** Waits before consecutive attempts that yield no new byte. Their number is the number of attempts. */
  readonly backoffMs: readonly number[];
  readonly signal: AbortSignal;
};

export type Recovery = {
  /** Records that a new byte has arrived: the waits start over. */
  progressed(): void;
  /**
   * Returns the rest of the source from byte `position` on, after the first `skip` bytes of `body`. Throws
   * DOWNLOAD_FAILED when all attempts have failed or the source has changed, errors that cannot be retried, and the
   * signal's reason.
   */
  resume(position: number, failure: unknown): Promise<{ body: Readable; skip: number }>;
};

const MAX_RESUMPTIONS = 50;

/** Reopens a source whose connection has failed. */
export function createRecovery({ validators, reopen, backoffMs, signal }: RecoveryOptions): Recovery {
  const [first = 0, ...rest] = backoffMs;
  const restart: RestartPolicy = { delaysMs: [first, ...rest], maxFailures: backoffMs.length };
  let fruitless = 0;
  let attempts = 0;
  return {
    progressed() {
      fruitless = 0;
    },
    async resume(position, failure) {
      let lastFailure = failure;
      for (;;) {
        const { failures, delayMs } = afterFailure(restart, { failures: fruitless });
        if (delayMs === undefined || attempts === MAX_RESUMPTIONS) throw notResumed(position, lastFailure);
        fruitless = failures;
        attempts += 1;
        try {
          await sleep(delayMs, undefined, { signal });
          return continued(validators, position, await reopen(resumeHeaders(validators, position)));
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof AppError && error.recoverable)) throw error;
          lastFailure = error;
        }
      }
    },
  };
}

function continued(validators: Validators, position: number, response: HttpResponse): { body: Readable; skip: number } {
  const resumption = judgeResumption(validators, position, response);
  if (resumption.kind === 'continue') return { body: response.body, skip: resumption.skip };
  response.body.on('error', () => {}).destroy();
  throw new AppError('DOWNLOAD_FAILED', { bytes: position }, { message: resumption.reason, recoverable: false });
}

function notResumed(position: number, failure: unknown): AppError {
  const details: ErrorDetails = failure instanceof AppError ? failure.details : {};
  const message = `the connection to the source failed at byte ${position} and could not be resumed`;
  return new AppError('DOWNLOAD_FAILED', { ...details, bytes: position }, { message, cause: failure });
}
