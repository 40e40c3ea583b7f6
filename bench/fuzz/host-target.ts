import { randomUUID } from 'node:crypto';
import { call } from '../../test/support/client.ts';
import { type ApiDocument, createContract } from './contract.ts';
import { OWNER } from './credentials.ts';
import { createKey, type Environment } from './environment.ts';
import type { Exchange } from './exchange.ts';
import type { FuzzCase } from './fuzz-case.ts';
import type { MarkerValues } from './markers.ts';
import type { Target } from './run-case.ts';

/** The host of an environment as a target, and data about earlier cases. */
export type HostTarget = {
  readonly api: ApiDocument;
  readonly target: Target;
  /** Records the result of a case: its id for later cases, its request to match log lines with the case. */
  note(fuzzCase: FuzzCase, found: Exchange): void;
  caseOf(requestId: string | undefined): FuzzCase | undefined;
};

/** Requests whose cases are recorded: the log is read soon after them. */
const REMEMBERED = 2_000;

export async function prepareTarget(environment: Environment, liveId: () => string | undefined): Promise<HostTarget> {
  const { host, sources } = environment;
  const api = (await call(host, '/openapi.json')).json() as ApiDocument;
  const [good, revocable] = [await createKey(environment), await createKey(environment)];
  await warmUp(environment);
  const requests = new Map<string, FuzzCase>();
  let lastId: string = randomUUID();
  let death: string | undefined;
  void host.exited.then(({ code, signal }) => {
    death = `the host has died: exit code ${code}, ${signal}\n${host.printed().slice(-2_000)}`;
  });
  const markers = (): MarkerValues => ({
    port: String(sources.port),
    liveId: liveId() ?? lastId,
    lastId,
    keyId: revocable.id,
    goodKeyId: good.id,
    apiKey: good.key,
  });
  return {
    api,
    target: { url: host.url, contract: createContract(api), markers, death: () => death, serve: environment.serve },
    note(fuzzCase, found) {
      if (found.kind !== 'answered') return;
      lastId = String(found.headers['x-transcode-id'] ?? jobOf(found.headers.location) ?? lastId);
      requests.set(String(found.headers['x-request-id']), fuzzCase);
      const [oldest] = requests.keys();
      if (requests.size > REMEMBERED && oldest !== undefined) requests.delete(oldest);
    },
    caseOf: (requestId) => (requestId === undefined ? undefined : requests.get(requestId)),
  };
}

/** Returns the id of a job that has been queued. */
function jobOf(location: string | undefined): string | undefined {
  return /\/api\/jobs\/([\da-f-]{36})$/.exec(location ?? '')?.[1];
}

/** Makes the host open its permanent connections to database and store, up to the maximum. */
async function warmUp({ host }: Environment): Promise<void> {
  const headers = { authorization: OWNER };
  const upload = { body: { bytes: 1 }, headers };
  const calls = Array.from({ length: 8 }, () => [
    call(host, '/transcodes', { headers }),
    call(host, '/api/uploads', upload),
  ]);
  await Promise.all(calls.flat());
}
