import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { AppError } from '#lib/errors.ts';
import type { HttpContext, Route } from '#lib/http/event.ts';
import { httpFunction, type StackOptions } from '#lib/http/stack.ts';
import { LOCAL_CALLER } from '#lib/identity/caller.ts';
import { createKeyWatch } from '#lib/identity/keys/key-watch.ts';
import { createRateLimits } from '#lib/identity/limits/rate-limits.ts';
import { createLog } from '#lib/log.ts';

/** The parts of a request that tests set. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
};

export type Answered = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A buffered function, called like the platform does, and its log lines so far. */
export type TestFunction = {
  call(asked: Asked, context?: Pick<HttpContext, 'clientSignal'>): Promise<Answered>;
  log(): Record<string, unknown>[];
};

export const REQUEST_ID = '6f9b1b0e-5a7d-4c1e-9d1e-3c2f4a5b6c7d';

/** Serves these routes through the stack, in BUFFERED mode. */
export function bufferedFunction(routes: readonly Route[], options: Partial<StackOptions> = {}): TestFunction {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
  const handler = httpFunction('BUFFERED', routes, {
    ...OPEN,
    log,
    maxBodyBytes: 1_000,
    corsOrigins: ['*'],
    ...options,
  });
  const invoke = handler as unknown as (
    event: LambdaFunctionURLEvent,
    context: Partial<HttpContext>,
  ) => Promise<Answered>;
  return {
    call: (asked, context) =>
      invoke(eventOf(asked), { awsRequestId: REQUEST_ID, getRemainingTimeInMillis: () => 10_000, ...context }),
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** A service without authentication. */
const OPEN: Pick<StackOptions, 'trustedProxies' | 'authenticator' | 'rateLimits' | 'keyWatch' | 'openAccess'> = {
  trustedProxies: [],
  authenticator: {
    caller: async () => LOCAL_CALLER,
    key: () => Promise.reject(new AppError('UNAUTHENTICATED')),
  },
  openAccess: { isOpen: async () => false, names: { hosts: [], origins: [] } },
  keyWatch: createKeyWatch({ store: undefined }),
  rateLimits: createRateLimits({ perCaller: 1e6, perAddress: 1e6, wrongCredentials: 1e6, shared: undefined }),
};

/** The event of a Function URL: payload format 2.0. */
function eventOf({ method, path, headers = {}, ...body }: Asked): LambdaFunctionURLEvent {
  const domainName = 'abcdef.lambda-url.eu-central-1.on.aws';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { host: domainName, ...headers },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abcdef',
      domainName,
      domainPrefix: 'abcdef',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'test' },
      requestId: REQUEST_ID,
      routeKey: '$default',
      stage: '$default',
      time: '21/Nov/2026:12:00:00 +0000',
      timeEpoch: 1_795_262_400_000,
    },
    isBase64Encoded: false,
    ...body,
  } as LambdaFunctionURLEvent;
}
