import type { Capabilities } from '#lib/ffmpeg/capabilities.ts';
import { GRAPH_VERSION } from './graph/graph-version.ts';
import { usedInputs } from './spec/base.ts';
import type { JobSpec } from './spec/spec.ts';

/** Input → identifier of the version of its source, where the source has one. */
export type SourceVersions = ReadonlyMap<string, string>;

/** What identifies a request and its result. Both are digests. */
export type CacheKeys = {
  /** Equal for requests that make the same files. */
  readonly result: string;
  /** Equal for requests that also agree in all other fields, such as `metadata`. */
  readonly request: string;
};

/**
 * Returns the keys of a request with these versions of its sources. Undefined when the version of a used source is not known,
 * and when a file must be sent to a destination. The digests are made outside of the event loop.
 */
export async function cacheKeysOf(spec: JobSpec, versions: SourceVersions): Promise<CacheKeys | undefined> {
  const used = usedInputs(spec).map((name) => [name, versions.get(name)] as const);
  if (used.some(([, version]) => version === undefined)) return undefined;
  if (spec.outputs.some(({ destination }) => destination !== undefined)) return undefined;
  const { inputs, base, steps, outputs, on_damage, priority, metadata, callback_url, expires_in_days } = spec;
  const result = await digest([GRAPH_VERSION, inputs, base, steps, outputs, on_damage, used]);
  return { result, request: await digest([result, priority, metadata, callback_url, expires_in_days]) };
}

/** Returns the name of an ffmpeg build: two builds of a version may differ in what they can do. */
export async function buildOf({ version, encoders, filters }: Capabilities): Promise<string> {
  return `${version} ${(await digest([[...encoders].toSorted(), [...filters].toSorted()])).slice(0, 16)}`;
}

/** The database does not keep the order of fields, so a runner has another one than the request. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

async function digest(value: unknown): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(value, inOrder)));
  return Buffer.from(bytes).toString('base64url');
}
