import { type AppError, toAppError } from '#lib/errors.ts';
import { errorBody, jsonAnswer } from '#lib/http/answer.ts';
import type { Middleware } from '#lib/http/event.ts';

/** `Retry-After` for errors without a time of their own, seconds. */
const RETRY_AFTER_SECONDS = 1;

/** Turns an error into the response that the catalogue defines. An INTERNAL_ERROR does not show its cause. */
export function errorAnswer(): Middleware {
  return {
    onError(request) {
      const error = toAppError(request.error);
      const { retry_after_seconds: seconds = RETRY_AFTER_SECONDS } = error.details;
      const headers: Record<string, string> = hasToWait(error) ? { 'Retry-After': String(seconds) } : {};
      request.response = jsonAnswer(error.status, errorBody(error, request.context.awsRequestId), headers);
    },
  };
}

/** A retry does not help where a setting or a capability is missing. */
function hasToWait({ status, recoverable }: AppError): boolean {
  return recoverable && (status === 429 || status === 503);
}
