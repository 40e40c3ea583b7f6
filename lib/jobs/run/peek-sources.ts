import { toAppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { SourceOpener } from '#lib/sources/open-source.ts';
import { inputFailure } from './failures.ts';
import { RUN_LIMITS } from './run-limits.ts';

export type PeekOptions = {
  readonly sources: Pick<SourceOpener, 'check'>;
  readonly caller: Caller;
  readonly signal: AbortSignal;
  /** Time for all sources, ms. */
  readonly timeoutMs?: number;
  /** Largest input, bytes. */
  readonly inputBytes?: number;
};

const TIMEOUT_MS = 3_000;

/**
 * Looks at the beginning of all inputs of a request at once, and returns the versions of those that state one. What is
 * slow, or fails in a way that may pass, is accepted. Throws the refusal of the first input, in the order of the request,
 * that would be refused again: with `details.field`, such as `inputs.a`; and the signal's reason.
 */
export async function peekSources(
  { inputs }: Pick<JobSpec, 'inputs'>,
  options: PeekOptions,
): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>();
  const { sources, caller, signal, timeoutMs = TIMEOUT_MS, inputBytes = RUN_LIMITS.inputBytes } = options;
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const checks = Object.entries(inputs).map(async ([name, { url }]) => {
    try {
      const version = await sources.check(url, { accept: 'any', caller, signal: until, maxBytes: inputBytes });
      if (version !== undefined) versions.set(name, version);
    } catch (error) {
      if (until.aborted) return undefined;
      const found = toAppError(error);
      if (found.recoverable) return undefined;
      const details = { field: `inputs.${name}`, input: name };
      return inputFailure(found, { details, prefix: `inputs.${name}: `, inputBytes });
    }
    return undefined;
  });
  const refusals = await Promise.all(checks);
  signal.throwIfAborted();
  const refusal = refusals.find((found) => found !== undefined);
  if (refusal !== undefined) throw refusal;
  return versions;
}
