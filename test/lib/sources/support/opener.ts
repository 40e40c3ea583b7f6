import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { AppError } from '#lib/errors.ts';
import { createAddressPolicy } from '#lib/sources/connection/address-policy.ts';
import { createResolver } from '#lib/sources/connection/resolver.ts';
import {
  createSourceOpener,
  type OpenedSource,
  type SourceOpener,
  type SourceOpenerOptions,
} from '#lib/sources/open-source.ts';
import { type HttpSource, startHttpSource } from '../../../support/http-source.ts';

/** Limits that no well-behaved source on this machine reaches. */
const PATIENT: SourceOpenerOptions = {
  policy: createAddressPolicy({ kind: 'SOURCE' }),
  resolve: createResolver({ servers: [] }),
  s3: { sign: () => assert.fail('nothing is signed') },
  maxBytes: 64 * 1024 * 1024,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  stallTimeoutMs: 10_000,
  minBytesPerSecond: 512,
  backoffMs: [1, 1, 1],
};

export type TestOpener = AsyncDisposable &
  SourceOpener & {
    /** `open` with a signal that never fires. */
    openNow(url: string): Promise<OpenedSource>;
  };

/** An opener that may reach `sources` and nothing else on this machine. `await using` closes it. */
export function openerFor(
  sources: readonly Pick<HttpSource, 'network'>[],
  limits: Partial<SourceOpenerOptions> = {},
): TestOpener {
  const policy = createAddressPolicy({ kind: 'SOURCE', allowedNetworks: sources.map(({ network }) => network) });
  const opener = createSourceOpener({ ...PATIENT, policy, ...limits });
  return {
    ...opener,
    openNow: (url) => opener.open(url, { accept: 'audio', signal: new AbortController().signal }),
    [Symbol.asyncDispose]: () => opener.close(),
  };
}

/** Returns the whole content of a source. Rejects with its error. */
export async function readAll({ body }: OpenedSource): Promise<Buffer<ArrayBuffer>> {
  return Buffer.concat((await body.toArray()) as Buffer<ArrayBuffer>[]);
}

/** Returns the AppError of opening or reading a source with this behaviour. */
export async function failureOf(behave: RequestListener, limits: Partial<SourceOpenerOptions> = {}) {
  await using source = await startHttpSource(behave);
  await using opener = openerFor([source], limits);
  const opened = opener.openNow(`${source.origin}/a.mp3`);
  const error = await opened.then(readAll).then(
    () => assert.fail('the source was read to its end'),
    (reason) => reason,
  );
  assert.ok(error instanceof AppError, `${error}`);
  const phase = await opened.then(
    () => 'reading',
    () => 'opening',
  );
  return {
    phase,
    code: error.code,
    details: error.details,
    recoverable: error.recoverable,
    requests: source.requests.length,
  };
}
