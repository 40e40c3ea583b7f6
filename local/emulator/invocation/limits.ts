import type { FunctionDefinition } from '../definition/service-definition.ts';

/**
 * `platform` enforces the limits of AWS. `host` is for your own machine, where a stream may last for days and
 * concurrency is not reserved.
 */
export type LimitsMode = 'platform' | 'host';

export type InvocationLimits = {
  /** Milliseconds until an invocation is ended, or undefined for no limit. */
  readonly timeoutMs: number | undefined;
  /** Milliseconds after a disconnect until the invocation no longer counts as running. */
  readonly abandonAfterMs: number;
  /** Invocations in parallel, or undefined for no limit. */
  readonly concurrency: number | undefined;
  /** Bytes of a response that is not streamed. */
  readonly bufferedBytes: number;
  /** Bytes of a streamed response, or undefined for no limit. */
  readonly streamedBytes: number | undefined;
};

/** Bytes of a request body. Source: Lambda quotas, "invocation payload (request and response)", 6 MB each. */
export const REQUEST_BODY_BYTES = 6 * 2 ** 20;

/** Source: Lambda quotas; a streamed response may have 200 MB, a buffered one 6 MB. */
const BUFFERED_RESPONSE_BYTES = 6 * 2 ** 20;
const STREAMED_RESPONSE_BYTES = 200 * 2 ** 20;

export function limitsFor(mode: LimitsMode, definition: FunctionDefinition): InvocationLimits {
  const timeoutMs = definition.timeoutSeconds * 1000;
  const platform = mode === 'platform';
  return {
    timeoutMs: platform || definition.invokeMode === 'BUFFERED' ? timeoutMs : undefined,
    abandonAfterMs: timeoutMs,
    concurrency: platform ? definition.reservedConcurrency : undefined,
    bufferedBytes: BUFFERED_RESPONSE_BYTES,
    streamedBytes: platform ? STREAMED_RESPONSE_BYTES : undefined,
  };
}
