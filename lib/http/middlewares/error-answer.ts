import type { MiddlewareObj } from '@middy/core';
import { type AppError, toAppError } from '#lib/errors.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import type { HttpEvent } from '#lib/http/event.ts';

/** Seconds a caller is asked to wait before it tries again, where the error does not know better. */
const RETRY_AFTER_SECONDS = 1;

/** The body of every answer that is not the one asked for. */
export type ErrorBody = {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly recoverable: boolean;
  readonly request_id: string;
};

/** Turns whatever was thrown into the catalogue's answer; a defect is answered without its internals. */
export function errorAnswer(): MiddlewareObj<HttpEvent> {
  return {
    onError(request) {
      const error = toAppError(request.error);
      const { retry_after_seconds: seconds = RETRY_AFTER_SECONDS } = error.details;
      const headers: Record<string, string> = hasToWait(error) ? { 'Retry-After': String(seconds) } : {};
      request.response = jsonAnswer(error.status, errorBody(error, request.context.awsRequestId), headers);
    },
  };
}

export function errorBody(error: AppError, requestId: string): ErrorBody {
  const { code, message, details, recoverable } = error;
  return { code, message, details, recoverable, request_id: requestId };
}

function hasToWait({ status }: AppError): boolean {
  return status === 429 || status === 503;
}
