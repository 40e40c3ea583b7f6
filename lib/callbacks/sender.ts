import type { IncomingMessage } from 'node:http';
import { createAddressPolicy } from '#lib/sources/connection/address-policy.ts';
import { createGuardedHttp } from '#lib/sources/connection/guarded-http.ts';
import type { Resolve } from '#lib/sources/connection/resolver.ts';
import { type CallbackPolicies, policyFor } from './callback-url.ts';
import { type AttemptResult, reasonFor } from './outcome.ts';

export type SenderOptions = {
  /** Networks that are allowed although they are not public, on every port or on the one they name, also by http. */
  readonly allowedNetworks: readonly string[];
  readonly deniedNetworks: readonly string[];
  readonly resolve: Resolve;
  /** Longest time for one attempt, ms. */
  readonly timeoutMs?: number;
};

export type Sending = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly owner: string;
  readonly signal: AbortSignal;
};

export type Sender = {
  readonly policies: CallbackPolicies;
  /** POSTs a callback once, without following redirects. Throws only the signal's reason. */
  send(sending: Sending): Promise<AttemptResult>;
  close(): void;
};

const TIMEOUT_MS = 10_000;
/** Most of a response that is read, so that the receiver sees no reset. Nothing of it is kept. */
const MOST_READ_BYTES = 65_536;

export function createSender(options: SenderOptions): Sender {
  const { allowedNetworks, deniedNetworks, resolve, timeoutMs = TIMEOUT_MS } = options;
  const listed = { kind: 'CALLBACK', allowedNetworks, deniedNetworks } as const;
  const policies: CallbackPolicies = {
    https: createAddressPolicy(listed),
    http: createAddressPolicy({ ...listed, onlyListed: true }),
    hasListed: allowedNetworks.length > 0,
  };
  const common = { resolve, connectTimeoutMs: timeoutMs, headersTimeoutMs: timeoutMs, keepAlive: false };
  const clients = new Map(
    [policies.https, policies.http].map((policy) => [policy, createGuardedHttp({ ...common, policy })]),
  );

  return {
    policies,
    async send({ url: text, headers, body, owner, signal }) {
      signal.throwIfAborted();
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const url = new URL(text);
        const client = clients.get(policyFor(url, policies));
        if (client === undefined) throw new Error('each policy has a client');
        const response = await client.post(url, {
          headers: { ...HEADERS, ...headers },
          body,
          subject: owner,
          signal: limited,
        });
        await readSome(response);
        signal.throwIfAborted();
        return { kind: 'response', status: response.statusCode ?? 0 };
      } catch (error) {
        signal.throwIfAborted();
        return { kind: 'failure', reason: reasonFor(error) };
      }
    },
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

const HEADERS = { 'content-type': 'application/json', 'user-agent': 'ffmpeg-functions' };

/** Reads the start of a body. A failure does not matter any more: the receiver has answered. */
async function readSome(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  try {
    // Leaving the loop destroys the response.
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes >= MOST_READ_BYTES) break;
    }
  } catch {
    response.destroy();
  }
}
