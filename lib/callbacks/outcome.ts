/** Why an attempt got no response. */
export const FAILURE_REASONS = [
  'timeout',
  'refused',
  'reset',
  'unresolved',
  'certificate',
  'forbidden',
  'connection',
  'secrets',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** What one attempt has led to: the status of the response, or why there was none. */
export type AttemptResult =
  | { readonly kind: 'response'; readonly status: number }
  | { readonly kind: 'failure'; readonly reason: FailureReason };

/** `retry`: the receiver may be up later. `final`: a further attempt would fail as well. */
export type Verdict = 'delivered' | 'retry' | 'final';

const GONE = 410;

/** Returns what follows from an attempt. A redirect is not followed, so it is a failure. */
export function verdictOn(result: AttemptResult): Verdict {
  if (result.kind === 'failure') return result.reason === 'forbidden' ? 'final' : 'retry';
  const { status } = result;
  if (status >= 200 && status < 300) return 'delivered';
  return status === GONE ? 'final' : 'retry';
}

const REASONS: Readonly<Record<string, FailureReason>> = {
  SOURCE_FORBIDDEN: 'forbidden',
  CONNECT_TIMEOUT: 'timeout',
  HEADERS_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  DNS_TIMEOUT: 'unresolved',
};

/** Codes of a certificate that cannot be verified: Node's own, and those of OpenSSL (node:tls, X509 certificate error codes). */
const CERTIFICATE = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** Returns the reason for a connection error. Nothing of the error itself is shown: it may name internal addresses. */
export function reasonFor(error: unknown): FailureReason {
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout';
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return 'connection';
  return REASONS[code] ?? (CERTIFICATE.test(code) ? 'certificate' : 'connection');
}
