import { promises as dns } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { addAbortListener } from 'node:events';
import { withTimeout } from '#lib/with-timeout.ts';
import { createHostsFile } from './hosts-file.ts';
import { createLookupTurns } from './lookup-turns.ts';
import type { ResolvedAddress } from './resolved-address.ts';

export type ResolveOptions = {
  /** For whom the name is resolved. */
  readonly subject: string;
  /** Ends the lookup. */
  readonly signal: AbortSignal;
};

/** Resolves a host name to its addresses, in the order in which to try them. Rejects with the code of a DNS error. */
export type Resolve = (hostname: string, options: ResolveOptions) => Promise<readonly ResolvedAddress[]>;

export type ResolverOptions = {
  /** Addresses of name servers, with an optional port; none for those of the system. */
  readonly servers: readonly string[];
  readonly hostsFile?: string;
};

/** Longest time for one lookup, ms. */
const LOOKUP_MS = 2_000;
/** Longest wait for the second family of addresses once the first has arrived (RFC 8305, 3), ms. */
const SECOND_FAMILY_MS = 50;
const TURNS = { total: 64, perSubject: 4 } as const;

/**
 * Creates a resolver for names that users choose. It asks name servers itself and can be aborted, so that names that
 * never resolve hold no thread of the pool in which the system resolves the names of the database and of S3. Throws a
 * TypeError for malformed servers.
 */
export function createResolver({ servers, hostsFile = '/etc/hosts' }: ResolverOptions): Resolve {
  const hosts = createHostsFile(hostsFile);
  const turns = createLookupTurns(TURNS);
  openChannel(servers);
  return async (hostname, { subject, signal }) => {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    const listed = hosts.addressesOf(name);
    if (listed.length > 0) return listed;
    using _turn = await turns.take(subject, signal);
    return await query(name, openChannel(servers), signal);
  };
}

/** Resolves names that the operator has configured, as the system does. */
export const resolveAsSystem: Resolve = async (hostname) => {
  const addresses = await lookup(hostname, { all: true });
  return addresses as ResolvedAddress[];
};

/** Opens one channel for each lookup: cancelling a channel ends all its lookups. */
function openChannel(servers: readonly string[]): dns.Resolver {
  const channel = new dns.Resolver({ timeout: LOOKUP_MS / 2, tries: 2 });
  try {
    if (servers.length > 0) channel.setServers(servers);
  } catch (cause) {
    throw new TypeError(`SOURCE_DNS_SERVERS "${servers.join(',')}" are not all addresses`, { cause });
  }
  return channel;
}

type Answer =
  | { readonly kind: 'found'; readonly addresses: readonly ResolvedAddress[] }
  | { readonly kind: 'failed'; readonly code: string };

async function query(name: string, channel: dns.Resolver, signal: AbortSignal): Promise<readonly ResolvedAddress[]> {
  using _ = addAbortListener(signal, () => channel.cancel());
  const answers = [answerOf(channel.resolve4(name), 4), answerOf(channel.resolve6(name), 6)] as const;
  const lookUp = async (): Promise<readonly Answer[]> => {
    const first = await Promise.race(answers);
    const both = Promise.all(answers);
    return first.kind === 'failed' ? await both : await withTimeout(SECOND_FAMILY_MS, both, () => [first]);
  };
  try {
    const given = await withTimeout(LOOKUP_MS, lookUp(), () => [{ kind: 'failed', code: 'ETIMEOUT' }] as const);
    signal.throwIfAborted();
    const addresses = given.flatMap((answer) => (answer.kind === 'found' ? answer.addresses : []));
    if (addresses.length > 0) return addresses;
    const codes = given.map((answer) => (answer.kind === 'failed' ? answer.code : 'ENODATA'));
    throw unresolved(name, codes.find((code) => !isNegative(code)) ?? 'ENOTFOUND');
  } finally {
    channel.cancel();
  }
}

async function answerOf(lookup: Promise<string[]>, family: 4 | 6): Promise<Answer> {
  try {
    const found = await lookup;
    return { kind: 'found', addresses: found.map((address) => ({ address, family })) };
  } catch (error) {
    return { kind: 'failed', code: (error as NodeJS.ErrnoException).code ?? '' };
  }
}

/** Whether a code says that the name has no address, in contrast to a name server that fails. */
function isNegative(code: string): boolean {
  return ['ENOTFOUND', 'ENODATA', 'EBADNAME'].includes(code);
}

function unresolved(name: string, code: string): NodeJS.ErrnoException {
  const known = isNegative(code) ? 'ENOTFOUND' : code === 'ETIMEOUT' ? 'DNS_TIMEOUT' : 'EAI_AGAIN';
  return Object.assign(new Error(`no address for ${name} (${code})`), { code: known });
}
