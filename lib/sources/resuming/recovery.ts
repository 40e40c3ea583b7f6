import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type ErrorDetails } from '#lib/errors.ts';
import type { HttpResponse } from '#lib/sources/connection/http-request.ts';
import { afterFailure, type RestartPolicy } from '#lib/work/restart-policy.ts';
import { judgeResumption, resumeHeaders, type Validators } from './resume-plan.ts';

export type RecoveryOptions = {
  readonly validators: Validators;
  /** Requests the source again with these headers; rejects as `httpRequest` does. */
  readonly reopen: (headers: Record<string, string>) => Promise<HttpResponse>;
  /** Waits before consecutive attempts that bring no new byte; as many attempts as there are waits. */
  readonly backoffMs: readonly number[];
  readonly signal: AbortSignal;
};

export type Recovery = {
  /** Reports that a new byte has come: the waits start over. */
  progressed(): void;
  /**
   * The rest of the source from byte `position` on, after its first `skip` bytes. Throws DOWNLOAD_FAILED when the attempts
   * are used up or the source has changed, what else keeps it from being reopened, and the signal's reason.
   */
  resume(position: number, failure: unknown): Promise<{ body: Readable; skip: number }>;
};

const MAX_RESUMPTIONS = 50;

/** Reopens a source whose connection broke. */
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
  const message = 'the source broke off and could not be resumed';
  return new AppError('DOWNLOAD_FAILED', { ...details, bytes: position }, { message, cause: failure });
}
