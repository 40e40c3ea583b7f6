import type { Context } from 'aws-lambda';
import type { FunctionDefinition } from '../definition/service-definition.ts';

/**
 * The Lambda context of the Node.js 24 runtime, which has no `done`, `fail` and `succeed` because it has no callbacks,
 * and one extension.
 */
export type EmulatedContext = Omit<Context, 'done' | 'fail' | 'succeed'> & {
  /**
   * Aborted when the HTTP client disconnects, or when the invocation is ended from outside (timeout, shutdown).
   * The real platform has no such signal, so handlers must work without it.
   */
  readonly clientSignal: AbortSignal;
};

/** Milliseconds that `getRemainingTimeInMillis` returns without a limit: the longest delay of a Node.js timer. */
export const NO_DEADLINE_MS = 2 ** 31 - 1;

const REGION = 'local';
const ACCOUNT = '000000000000';

export function createContext(options: {
  readonly definition: FunctionDefinition;
  readonly requestId: string;
  readonly timeoutMs: number | undefined;
  readonly clientSignal: AbortSignal;
}): EmulatedContext {
  const { definition, requestId, timeoutMs, clientSignal } = options;
  const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: requestId,
    functionName: definition.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${definition.name}`,
    memoryLimitInMB: String(definition.memorySize),
    logGroupName: `/aws/lambda/${definition.name}`,
    logStreamName: LOG_STREAM_NAME,
    clientSignal,
    getRemainingTimeInMillis: () =>
      deadline === undefined ? NO_DEADLINE_MS : Math.max(0, Math.floor(deadline - performance.now())),
  };
}

/** One process is one execution environment, which has one log stream. */
const LOG_STREAM_NAME = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${process.pid}`;
