import type { HttpEvent, Middleware } from '#lib/http/event.ts';
import { accountOf } from '#lib/identity/caller.ts';
import type { Allowance } from '#lib/identity/limits/counter.ts';
import type { RateLimits } from '#lib/identity/limits/rate-limits.ts';
import { rateLimited } from '#lib/identity/refusals.ts';

/** Counts the request for its address. Throws RATE_LIMITED. Adds headers with the remaining limit to every response. */
export function limitAddress({ addresses }: Pick<RateLimits, 'addresses'>): Middleware {
  const addHeaders: NonNullable<Middleware['after']> = ({ event: { allowance }, response }) => {
    if (response && allowance !== undefined) Object.assign(response.headers, headersOf(allowance));
  };
  return {
    async before({ event }) {
      if (event.route?.unlimited === true || event.preflight !== undefined) return;
      note(event, await addresses.count(event.address), 'this address');
    },
    after: addHeaders,
    onError: addHeaders,
  };
}

/** Counts the request for its caller. Throws RATE_LIMITED. */
export function limitCaller({ callers }: Pick<RateLimits, 'callers'>): Middleware {
  return {
    async before({ event }) {
      const { caller } = event;
      if (caller === undefined) return;
      const limit = caller.limits?.requests_per_minute;
      note(event, await callers.count(accountOf(caller), { limit }), 'this caller');
    },
  };
}

/** The response reports the limit with the least left. */
function note(event: HttpEvent, allowance: Allowance, who: string): void {
  if (event.allowance === undefined || left(allowance) <= left(event.allowance)) event.allowance = allowance;
  if (allowance.used > allowance.limit) throw rateLimited(allowance.resetMs, `too many requests from ${who}`);
}

function left({ limit, used }: Allowance): number {
  return Math.max(0, limit - used);
}

/** As in draft-ietf-httpapi-ratelimit-headers-03, which most clients support, unlike the fields of later drafts. */
function headersOf(allowance: Allowance): Record<string, string> {
  return {
    'RateLimit-Limit': String(allowance.limit),
    'RateLimit-Remaining': String(left(allowance)),
    'RateLimit-Reset': String(Math.ceil(allowance.resetMs / 1_000)),
  };
}
