import { isIP } from 'node:net';
import { AppError } from '#lib/errors.ts';
import type { AddressPolicy } from '#lib/sources/connection/address-policy.ts';

export type CallbackPolicies = {
  /** For https: public addresses on port 443, and the listed networks. */
  readonly https: AddressPolicy;
  /** For http: the listed networks alone. */
  readonly http: AddressPolicy;
  /** Whether networks are listed at all. */
  readonly hasListed: boolean;
};

const LONGEST = 2_048;
const DEFAULT_PORTS = { 'https:': 443, 'http:': 80 } as const;

/**
 * Checks what can be known of a callback's URL without a connection. Throws VALIDATION_ERROR and SOURCE_FORBIDDEN, which
 * name the field. The addresses of a name are checked when it connects.
 */
export function checkCallbackUrl(text: string, policies: CallbackPolicies, field: string): URL {
  if (text.length > LONGEST) throw invalid(field, `must have at most ${LONGEST} characters`);
  const url = URL.parse(text);
  if (url === null || !isWeb(url.protocol)) throw invalid(field, 'must be a URL that starts with https://');
  if (url.username !== '' || url.password !== '') throw invalid(field, 'must not have a user name or a password');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port) || DEFAULT_PORTS[url.protocol as keyof typeof DEFAULT_PORTS];
  if (isIP(host) !== 0 && !policyFor(url, policies).allows(host, port)) throw forbidden(field);
  const isUsual = url.protocol === 'https:' && port === 443;
  if (!isUsual && !policies.hasListed) throw forbidden(field);
  url.hash = '';
  return url;
}

/** Returns the policy for the scheme of a URL. */
export function policyFor({ protocol }: URL, { https, http }: CallbackPolicies): AddressPolicy {
  return protocol === 'https:' ? https : http;
}

function isWeb(protocol: string): boolean {
  return protocol in DEFAULT_PORTS;
}

function invalid(field: string, requirement: string): AppError {
  const message = `${field} ${requirement}`;
  return new AppError('VALIDATION_ERROR', { field, errors: [{ field, message }] }, { message });
}

function forbidden(field: string): AppError {
  const message = `${field} is not allowed: only https URLs of public servers on port 443, and what CALLBACK_ALLOWED_NETWORKS lists`;
  return new AppError('SOURCE_FORBIDDEN', { field }, { message });
}
