import { readdirSync, readFileSync } from 'node:fs';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { claims, tokenOf } from '../support/jwt.ts';

const EVENTS = new URL('../../events/', import.meta.url);

export function sampleEvents(): string[] {
  return readdirSync(EVENTS).toSorted();
}

export function readEvent(file: string): LambdaFunctionURLEvent {
  return JSON.parse(readFileSync(new URL(file, EVENTS), 'utf8'));
}

/** A request as a Function URL passes it (payload format 2.0). */
export type Asked = {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: object | string;
  readonly isBase64Encoded?: boolean;
};

export function eventOf(asked: Asked): LambdaFunctionURLEvent {
  const { path = '/transcode', query, headers = {}, body, isBase64Encoded = false } = asked;
  const { method = body === undefined ? 'GET' : 'POST' } = asked;
  const sample = readEvent('transcode-get.json');
  const { queryStringParameters: _, ...event } = sample;
  return {
    ...event,
    rawPath: path,
    rawQueryString: query === undefined ? '' : new URLSearchParams(query).toString(),
    ...(query === undefined ? {} : { queryStringParameters: query }),
    headers: { ...sample.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    requestContext: { ...sample.requestContext, http: { ...sample.requestContext.http, method, path } },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded,
  };
}

/** Returns the same request with a token for all scopes that tokens may have. */
export async function authorized<Event extends { readonly headers: object }>(
  event: Event,
  sub = 'ann',
): Promise<Event> {
  const token = await tokenOf(claims({ sub, scope: 'transcode jobs' }));
  return { ...event, headers: { ...event.headers, authorization: `Bearer ${token}` } };
}
