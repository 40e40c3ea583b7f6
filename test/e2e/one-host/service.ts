import type { RequestListener } from 'node:http';
import { type Host, startHost } from '../../support/host.ts';
import { answer, type HttpSource, startHttpSource } from '../../support/http-source.ts';

/** The host that the tests of this folder share. */
export let host: Host;
/** The source that `sourceOf` adds to. */
export let source: HttpSource;

export const MAX_BODY_BYTES = 4_096;

const cleanUp = new AsyncDisposableStack();
/** The handler of each path. */
const sources = new Map<string, RequestListener>();

export async function startService(): Promise<void> {
  source = cleanUp.use(
    await startHttpSource((request, response) =>
      (sources.get(request.url?.split('?')[0] ?? '') ?? answer(404))(request, response),
    ),
  );
  host = cleanUp.use(await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, MAX_BODY_BYTES }));
}

export async function stopService(): Promise<void> {
  await cleanUp.disposeAsync();
}

/** The URL of a source with its own path, which handles each request with `behave`. */
export function sourceOf(behave: RequestListener): string {
  const path = `/${sources.size}`;
  sources.set(path, behave);
  return source.origin + path;
}
