import { v7 as uuid } from 'uuid';
import { accountOf, type Caller } from '#lib/identity/caller.ts';
import { cacheKeysOf, type SourceVersions } from './cache-keys.ts';
import { idempotencyOf, keyIsTaken } from './idempotency.ts';
import type { Created, JobStore, StoredJob } from './job-store.ts';
import type { JobRecord } from './record.ts';
import { type LimitsOf, refusal } from './refusals.ts';
import { located } from './run/failures.ts';
import { type Sign, shown } from './shown.ts';
import type { JobSpec } from './spec/spec.ts';

export type SubmitOptions = {
  readonly store: Pick<JobStore, 'create' | 'replay'>;
  readonly sign: Sign;
  readonly limitsOf: LimitsOf;
  /** Returns the versions of the sources. Throws the refusal of a source, if it is final. */
  readonly checkSources: (spec: JobSpec, caller: Caller, signal: AbortSignal) => Promise<SourceVersions>;
  /** Counts a new record of the caller. Throws RATE_LIMITED when it has made too many today. */
  readonly countRecord: (caller: Caller) => Promise<void>;
  /** Throws the refusal of an output's destination. */
  readonly checkDestination: (destination: string) => void;
  /** Returns the URL as it will be called. Throws its refusal. */
  readonly checkCallback: (url: string, caller: Caller) => Promise<string>;
  /** Called when a request needs no job of its own: it gets that of an equal one, or an earlier result. */
  readonly onHit?: (kind: 'joined' | 'reused') => void;
  /** Days that a result is kept when the request names none. */
  readonly resultDays: number;
};

type Answered = Extract<Created, { readonly record: StoredJob }>;

export type Submitted = {
  readonly record: JobRecord;
  /** How the request was answered. Only `created` adds an entry to the queue. */
  readonly kind: Answered['kind'];
};

/**
 * Checks a request and queues its job. With a key, an earlier request decides first: its sources may be gone by now.
 * Throws refusals, CONFLICT for a key with another body, and RATE_LIMITED and OVERLOADED over a limit.
 */
export type Submit = (
  spec: JobSpec,
  request: {
    readonly caller: Caller;
    readonly idempotencyKey: string | undefined;
    /** Aborted when the client disconnects. */
    readonly signal?: AbortSignal | undefined;
  },
) => Promise<Submitted>;

const NEVER = new AbortController().signal;

export function createSubmit(options: SubmitOptions): Submit {
  const { store, sign, limitsOf, checkSources, checkCallback, countRecord, resultDays, onHit } = options;
  return async (spec, { caller, idempotencyKey, signal = NEVER }) => {
    const owner = caller.subject;
    const idempotency = await idempotencyOf(idempotencyKey, spec);
    const earlier = idempotency && (await store.replay(owner, idempotency));
    if (earlier !== undefined) return await answer(earlier);
    const { priority, metadata, callback_url, expires_in_days: expiresInDays = resultDays } = spec;
    const callbackUrl = callback_url === null ? null : await checkCallback(callback_url, caller);
    checkDestinations(spec, options.checkDestination);
    const versions = await checkSources(spec, caller, signal);
    await countRecord(caller);
    const job = {
      id: uuid(),
      owner,
      account: accountOf(caller),
      spec,
      priority,
      metadata,
      callbackUrl,
      expiresInDays,
      cacheKeys: spec.cache ? await cacheKeysOf(spec, versions) : undefined,
    };
    return await answer(await store.create(job, { idempotency, limits: await limitsOf(caller) }));
  };

  async function answer(created: Created): Promise<Submitted> {
    if (created.kind === 'conflict') throw keyIsTaken();
    if (created.kind === 'refused') throw refusal(created);
    if (created.kind === 'joined' || created.kind === 'reused') onHit?.(created.kind);
    return { record: await shown(created.record, sign), kind: created.kind };
  }
}

/** Throws the first refusal, with the field in its details. */
export function checkDestinations({ outputs }: Pick<JobSpec, 'outputs'>, check: (destination: string) => void): void {
  for (const [index, { destination }] of outputs.entries()) {
    if (destination === undefined) continue;
    try {
      check(destination);
    } catch (error) {
      const field = `outputs[${index}].destination`;
      throw located(error, { field }, `${field}: `);
    }
  }
}
