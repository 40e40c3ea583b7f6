import { AppError, toAppError } from '#lib/errors.ts';
import type { HttpContext, HttpEvent, Middleware } from '#lib/http/event.ts';
import { shownPath } from '#lib/http/shown-path.ts';
import type { Log } from '#lib/log.ts';

/** Logs one line per request when its response begins. An INTERNAL_ERROR is logged with its cause and stack. */
export function requestLog(log: Log): Middleware {
  function line(event: HttpEvent, requestId: string, status: number | undefined) {
    const { method } = event.requestContext.http;
    const { address, caller, receivedAt } = event;
    return {
      request_id: requestId,
      method,
      path: shownPath(event),
      source_ip: address,
      caller: caller?.subject,
      via: caller?.via,
      status,
      outcome: outcomeOf(status ?? 0),
      duration_ms: Math.round((performance.now() - receivedAt) * 10) / 10,
    };
  }
  return {
    before({ event }) {
      event.receivedAt = performance.now();
    },
    after({ event, context, response }) {
      log.info(line(event, context.awsRequestId, response?.statusCode), 'request');
    },
    onError({ event, context, error: thrown }) {
      if (hasLeft(context, thrown)) {
        log.info({ ...line(event, context.awsRequestId, undefined), outcome: 'client_left' }, 'request');
        return;
      }
      const error = toAppError(thrown);
      const fields = { ...line(event, context.awsRequestId, error.status), code: error.code };
      if (error.code === 'INTERNAL_ERROR') log.error({ ...fields, err: error.cause ?? error }, 'request');
      else log.info({ ...fields, reason: error.message, cause: causeOf(error) }, 'request');
    },
  };
}

/** Returns whether the work was given up because the client has disconnected. */
function hasLeft({ clientSignal }: HttpContext, thrown: unknown): boolean {
  if (clientSignal?.aborted !== true || !(thrown instanceof Error)) return false;
  const isToldSo = thrown instanceof AppError && thrown.details['reason'] === 'client_left';
  return isToldSo || thrown === clientSignal.reason || thrown.cause === clientSignal.reason;
}

function outcomeOf(status: number): 'answered' | 'refused' | 'failed' {
  if (status >= 500) return 'failed';
  return status >= 400 ? 'refused' : 'answered';
}

function causeOf({ cause }: Error): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}
