import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { RequestHeaders } from './credentials.ts';

/** The names of an open service, and the web pages that may call it. */
export type LocalNames = {
  /** Hosts by which callers reach the service, in addition to those of loopback. */
  readonly hosts: readonly string[];
  /** Origins of web pages. `*` counts for nothing: it would let in every page that the user visits. */
  readonly origins: readonly string[];
};

/** A request as this rule sees it. */
type Asked = {
  readonly headers: RequestHeaders;
  /** Whether it may be a link that the user followed from another site: the page is then shown, not given to the site. */
  readonly mayBeLink: boolean;
};

/**
 * Returns which header shows that a request does not come from this machine's user, but from a web page that the user
 * visits; undefined for other requests. A `Host` that is not the service's own is a name that the page's server made to
 * resolve to this machine (DNS rebinding). Programs send no `Origin` and no `Sec-Fetch-Site`.
 */
export function foreignHeader(
  { headers, mayBeLink }: Asked,
  names: LocalNames,
): 'Host' | 'Origin' | 'Sec-Fetch-Site' | undefined {
  const { host, origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (host !== undefined && !isOwnHost(host, names.hosts)) return 'Host';
  if (origin !== undefined) return isOwnOrigin(origin, host) || isNamed(origin, names.origins) ? undefined : 'Origin';
  if (mayBeLink && mode === 'navigate') return undefined;
  return site === undefined || OWN_SITES.has(site) ? undefined : 'Sec-Fetch-Site';
}

/** `none`: the user typed the URL. */
const OWN_SITES: ReadonlySet<string> = new Set(['same-origin', 'none']);

/** Returns whether a Host header (RFC 9110, section 7.2) names loopback or one of these hosts, with any port. */
function isOwnHost(header: string, hosts: readonly string[]): boolean {
  const [, name = ''] = /^(\[[\d.:a-f]{2,45}\]|[^:]{1,255})(?::\d{0,5})?$/i.exec(header.trim()) ?? [];
  const host = name.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || isLoopbackAddress(host) || hosts.some((own) => own.toLowerCase() === host);
}

function isLoopbackAddress(text: string): boolean {
  return (isIPv4(text) || ipaddr.IPv6.isValid(text)) && ipaddr.process(text).range() === 'loopback';
}

function isNamed(origin: string, origins: readonly string[]): boolean {
  return origin !== '*' && origins.includes(origin);
}

/** Returns whether a page of this service sends the request. Whatever proxy adds TLS keeps the Host. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
