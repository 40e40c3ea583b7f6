import { isUtf8 } from 'node:buffer';
import { HOP_BY_HOP } from '../response/hop-by-hop.ts';

/** A Function URL's event: API Gateway's payload format 2.0, without the fields that Function URLs do not use. */
export type FunctionUrlEvent = {
  readonly version: '2.0';
  readonly routeKey: '$default';
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: {
    readonly accountId: 'anonymous';
    readonly apiId: string;
    readonly domainName: string;
    readonly domainPrefix: string;
    readonly http: {
      readonly method: string;
      readonly path: string;
      readonly protocol: string;
      readonly sourceIp: string;
      readonly userAgent: string;
    };
    readonly requestId: string;
    readonly routeKey: '$default';
    readonly stage: '$default';
    readonly time: string;
    readonly timeEpoch: number;
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
};

/** A request as it came over the wire. */
export type UrlRequest = {
  readonly method: string;
  /** With the query, as in the request line. */
  readonly target: string;
  readonly httpVersion: string;
  /** Name, value, name, value … as `IncomingMessage.rawHeaders`. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer | undefined;
  readonly sourceIp: string;
  /** The value for the id of the function's URL. */
  readonly urlId: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly timeEpoch: number;
};

/** Source: AWS Lambda Developer Guide, "Invoking Lambda function URLs", request payload format. */
export function toFunctionUrlEvent(request: UrlRequest): FunctionUrlEvent {
  const { path, query } = splitTarget(request.target);
  const { headers, cookies } = readHeaders(request.rawHeaders);
  const { body } = request;
  const base64 = body !== undefined && !isText(headers['content-type'], body);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(query !== '' && { queryStringParameters: readQuery(query) }),
    requestContext: {
      accountId: 'anonymous',
      apiId: request.urlId,
      domainName: (headers['host'] ?? 'localhost').replace(/:\d+$/, ''),
      domainPrefix: request.urlId,
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: request.requestId,
      routeKey: '$default',
      stage: '$default',
      time: toCommonLogTime(request.timeEpoch),
      timeEpoch: request.timeEpoch,
    },
    ...(body !== undefined && { body: body.toString(base64 ? 'base64' : 'utf8') }),
    isBase64Encoded: base64,
  };
}

/** Returns path and query of a request line's target. Removes the origin of the absolute form, which proxies send. */
export function splitTarget(target: string): { path: string; query: string } {
  const local = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '') || '/';
  const mark = local.indexOf('?');
  return mark < 0 ? { path: local, query: '' } : { path: local.slice(0, mark), query: local.slice(mark + 1) };
}

function readHeaders(raw: readonly string[]): { headers: Record<string, string>; cookies: string[] } {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase();
    const value = raw[index + 1] as string;
    if (name === 'cookie')
      cookies.push(
        ...value
          .split(';')
          .map((cookie) => cookie.trim())
          .filter(Boolean),
      );
    else if (!HOP_BY_HOP.has(name)) headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value;
  }
  return { headers, cookies };
}

function readQuery(query: string): Record<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const earlier = parameters.get(name);
    parameters.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(parameters);
}

/**
 * The platform passes these types as text and all others, HTML forms included, as base64. Text that is not UTF-8 is
 * base64 too, because a string cannot carry it.
 */
function isText(contentType: string | undefined, body: Buffer): boolean {
  return contentType !== undefined && /text|json|xml|javascript/i.test(contentType) && isUtf8(body);
}

/** `12/Mar/2020:19:03:58 +0000`, the Common Log Format's, from `Thu, 12 Mar 2020 19:03:58 GMT`. */
function toCommonLogTime(timeEpoch: number): string {
  const second = Math.floor(timeEpoch / 1_000);
  if (second !== lastSecond) {
    const [, day, month, year, time] = new Date(timeEpoch).toUTCString().split(' ');
    lastSecond = second;
    lastTime = `${day}/${month}/${year}:${time} +0000`;
  }
  return lastTime;
}

/** Cached, because many requests arrive within one second. */
let lastSecond = Number.NaN;
let lastTime = '';
