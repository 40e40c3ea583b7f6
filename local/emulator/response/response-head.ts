import { validateHeaderName, validateHeaderValue } from 'node:http';
import { HOP_BY_HOP } from './hop-by-hop.ts';

/** Status and headers of a response. */
export type ResponseHead = {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Each becomes a Set-Cookie header. */
  readonly cookies: readonly string[];
};

/** A result of a function that is not an HTTP response. The client gets a 502. */
export class InvalidResponse extends Error {
  override readonly name = 'InvalidResponse';
}

/** The URL sets the headers for the connection and the length, not the function. */
const RESERVED: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'content-length']);

/**
 * Reads `{statusCode, headers, cookies}` as a function returned it. Throws InvalidResponse for a status that is not
 * final and for headers that cannot be sent.
 */
export function toResponseHead(given: Record<string, unknown>, defaultContentType: string): ResponseHead {
  const statusCode = Number(given['statusCode'] ?? 200);
  if (!Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
    throw new InvalidResponse(`statusCode ${JSON.stringify(given['statusCode'])} is not an HTTP status`);
  }
  const headers: Record<string, string> = { 'content-type': defaultContentType };
  const givenHeaders = given['headers'] ?? {};
  if (typeof givenHeaders !== 'object' || Array.isArray(givenHeaders))
    throw new InvalidResponse('headers is not an object');
  for (const [name, value] of Object.entries(givenHeaders)) {
    if (value == null) continue;
    const lowerCase = name.toLowerCase();
    if (!RESERVED.has(lowerCase)) headers[lowerCase] = toHeaderValue(lowerCase, value);
  }
  return { statusCode, headers, cookies: toCookies(given['cookies']) };
}

function toCookies(given: unknown): string[] {
  if (given == null) return [];
  if (!Array.isArray(given)) throw new InvalidResponse('cookies is not an array');
  return given.map((cookie) => toHeaderValue('set-cookie', cookie));
}

function toHeaderValue(name: string, value: unknown): string {
  if (typeof value === 'object') throw new InvalidResponse(`header "${name}" is not a string`);
  const text = String(value);
  if (SENDABLE.get(name) === text) return text;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, text);
  } catch (cause) {
    throw new InvalidResponse(`header "${name}" cannot be sent`, { cause });
  }
  if (SENDABLE.size < MAX_SENDABLE) SENDABLE.set(name, text);
  return text;
}

/** The first valid value of each header. Most are the same in every response and need no second check. */
const SENDABLE = new Map<string, string>();
const MAX_SENDABLE = 64;
