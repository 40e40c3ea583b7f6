import type { Reply } from './reply.ts';
import type { ResponseHead } from './response-head.ts';

type PlatformAnswer = {
  readonly head: ResponseHead;
  readonly body: string;
};

/** The URL's own responses, which do not come from the function. */
export const PLATFORM_ANSWERS = {
  notFound: json(404, { message: 'Not Found' }),
  requestTooLarge: json(413, { message: 'Request Too Long' }),
  throttled: json(
    429,
    { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded', Type: 'User', message: 'Rate Exceeded.' },
    { 'retry-after': '1' },
  ),
  failed: json(502, { message: 'Internal Server Error' }),
} satisfies Record<string, PlatformAnswer>;

export function sendPlatformAnswer(reply: Reply, { head, body }: PlatformAnswer): void {
  reply.send(head, body);
}

function json(statusCode: number, body: object, headers: Record<string, string> = {}): PlatformAnswer {
  return {
    head: { statusCode, headers: { 'content-type': 'application/json', ...headers }, cookies: [] },
    body: JSON.stringify(body),
  };
}
