import { AppError, type ErrorCode } from '#lib/errors.ts';
import { areRejected } from '../exit-codes.ts';
import type { Report } from './report.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Prints the warnings of the client. */
export type OpeningWarnings = {
  warn(fields: Fields, message: string): void;
  /**
   * Opens a stream. The failure that ends the attempt is thrown and not also printed as a warning. The client falls
   * back when the service rejects its credentials; a user should correct them: the signal is then aborted.
   */
  during<T>(open: (rejected: AbortSignal) => Promise<T>): Promise<T>;
};

/** The fields of a warning about a failure. */
type Failure = {
  readonly via: string;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly details: AppError['details'];
};

export function createOpeningWarnings(report: Report): OpeningWarnings {
  let rejection: AbortController | undefined;
  /** The last failure, until it is known whether it ends the command. */
  let held: { readonly reason: unknown; print(): void } | undefined;

  function printHeld(): void {
    held?.print();
    held = undefined;
  }

  return {
    warn(fields, message) {
      printHeld();
      const print = () => report.warn(fields, inWords(fields, message));
      if (rejection === undefined || !isFailure(fields)) {
        print();
        return;
      }
      held = { reason: fields.reason, print };
      const error = new AppError(fields.code, fields.details, { message: fields.reason });
      if (areRejected(error)) rejection.abort(error);
    },
    async during(open) {
      rejection = new AbortController();
      try {
        return await open(rejection.signal);
      } catch (error) {
        if (error instanceof Error && held?.reason === error.message) held = undefined;
        throw error;
      } finally {
        rejection = undefined;
        printHeld();
      }
    },
  };
}

function isFailure(fields: Fields): fields is Failure {
  return 'via' in fields && 'code' in fields;
}

function inWords(fields: Fields, message: string): string {
  return isFailure(fields) ? `the ${fields.via} failed: ${fields.code}: ${fields.reason}` : message;
}
