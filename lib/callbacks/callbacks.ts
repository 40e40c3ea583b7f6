import { v7 as uuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import { accountOf, type Caller } from '#lib/identity/caller.ts';
import type { Counter } from '#lib/identity/limits/counter.ts';
import { rateLimited } from '#lib/identity/refusals.ts';
import { checkCallbackUrl } from './callback-url.ts';
import { attempt } from './delivery.ts';
import { bodyOf } from './message.ts';
import { verdictOn } from './outcome.ts';
import type { CallbackRecord, CallbackSecret, CallbackTest } from './record.ts';
import type { CallbackSecrets, OwnerSecret } from './secrets.ts';
import type { Sender } from './sender.ts';

/** Names one callback of a subject: by its id, or the latest one of an event. */
export type Named = { readonly owner: string; readonly subjectId: string; readonly event: string };

/** The records of callbacks. Methods throw UNAVAILABLE while they cannot be read. */
export type CallbackRecords = {
  /** Newest first. */
  list(of: { readonly owner: string; readonly subjectId: string }): Promise<CallbackRecord[]>;
  /** Makes a callback due now, again if it has ended. Returns undefined when there is none. */
  replay(named: Named): Promise<CallbackRecord | 'owner_full' | 'full' | undefined>;
};

export type CallbacksParts = {
  readonly secrets: CallbackSecrets;
  readonly records: CallbackRecords;
  readonly sender: Pick<Sender, 'policies' | 'send'>;
  /** Tests and replays of a caller. */
  readonly sends: Counter;
};

/** What callers do with callbacks. Without a database, every method throws UNAVAILABLE. */
export type Callbacks = {
  /** Returns the caller's signing secret; the first call makes it. */
  secret(caller: Caller): Promise<CallbackSecret>;
  /** Makes a new secret; the old one signs as well for 24 hours. */
  rotateSecret(caller: Caller): Promise<CallbackSecret>;
  /** Sends a test event now. Throws VALIDATION_ERROR, SOURCE_FORBIDDEN, RATE_LIMITED. */
  test(caller: Caller, url: string): Promise<CallbackTest>;
  /** Checks the URL of a later callback, and that it could be signed. Throws as `test` does. Returns it normalised. */
  check(url: string, field: string, caller: Caller): Promise<string>;
  /** Returns the callbacks of a job, stream or relay, newest first. The caller has checked that it exists. */
  list(caller: Caller, subjectId: string): Promise<CallbackRecord[]>;
  /** Sends a callback again, under the same id: by its id, or the latest one of an event. Throws NOT_FOUND. */
  replay(caller: Caller, subjectId: string, event: string): Promise<CallbackRecord>;
};

const TEST_EVENT = 'callback.test';

export function createCallbacks({ secrets, records, sender, sends }: CallbacksParts): Callbacks {
  async function count(caller: Caller): Promise<void> {
    const { used, limit, resetMs } = await sends.count(accountOf(caller));
    if (used > limit) throw rateLimited(resetMs, 'too many tests and replays of callbacks from this caller');
  }

  return {
    secret: async ({ subject }) => written(await secrets.current(subject)),
    rotateSecret: async ({ subject }) => written(await secrets.rotate(subject)),

    async test(caller, text) {
      const url = checkCallbackUrl(text, sender.policies, 'url').href;
      await count(caller);
      // Throws what the caller can do something about; an attempt would only have the reason `secrets`.
      await secrets.signing(caller.subject);
      const id = uuid();
      const at = new Date();
      const body = bodyOf({ event: TEST_EVENT, at, subjectId: id, data: { id } });
      const message = { id, owner: caller.subject, url, body };
      const start = performance.now();
      const result = await attempt(message, { secrets, sender, signal: new AbortController().signal });
      return {
        delivered: verdictOn(result) === 'delivered',
        at: at.toISOString(),
        status: result.kind === 'response' ? result.status : null,
        reason: result.kind === 'failure' ? result.reason : null,
        ms: Math.round(performance.now() - start),
      };
    },

    async check(text, field, { subject }) {
      const url = checkCallbackUrl(text, sender.policies, field).href;
      await secrets.signing(subject);
      return url;
    },

    list: ({ subject: owner }, subjectId) => records.list({ owner, subjectId }),

    async replay(caller, subjectId, event) {
      await count(caller);
      const replayed = await records.replay({ owner: caller.subject, subjectId, event });
      if (replayed === undefined) throw new AppError('NOT_FOUND', {}, { message: 'no such callback exists' });
      if (replayed === 'owner_full') throw tooMany('RATE_LIMITED', 'too many callbacks of this caller wait');
      if (replayed === 'full') throw tooMany('OVERLOADED', 'too many callbacks wait');
      return replayed;
    },
  };
}

const RETRY_SECONDS = 60;

function tooMany(code: 'RATE_LIMITED' | 'OVERLOADED', message: string): AppError {
  return new AppError(code, { budget: 'callbacks', retry_after_seconds: RETRY_SECONDS }, { message });
}

function written({ secret, createdAt, previousValidUntil }: OwnerSecret): CallbackSecret {
  return {
    secret,
    created_at: createdAt.toISOString(),
    previous_valid_until: previousValidUntil?.toISOString() ?? null,
  };
}
