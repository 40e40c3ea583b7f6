import { Ajv2020 } from 'ajv/dist/2020.js';
import { ERROR_CATALOGUE } from '#lib/errors.ts';
import type { Answered } from './exchange.ts';

/** The used part of an OpenAPI document. */
export type ApiDocument = { readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>> };

export type ApiOperation = {
  readonly parameters?: readonly ApiParameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<Record<string, ApiResponse>>;
};

export type ApiParameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
};

// biome-ignore lint/suspicious/noExplicitAny: a JSON schema is any JSON.
export type JsonSchema = any;

type ApiResponse = {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, unknown>>;
};

export type Contract = {
  /** Returns the offences of a response to a valid HTTP request; none when it is as documented. */
  offences(request: { readonly method: string; readonly target: string }, answer: Answered): string[];
};

/** Internal details of the program, which no response may show. */
const INSIDES = /\bat [\w.<>]+ \(|node_modules|\/lib\/\w+\/[\w-]+\.ts/;

/** Creates the contract for responses from this OpenAPI document and the error catalogue. */
export function createContract(document: ApiDocument): Contract {
  const ajv = new Ajv2020({ strict: false, formats: FORMATS });
  ajv.addSchema(document as object, 'api');
  const templates = Object.keys(document.paths).map((path) => ({ path, pattern: patternOf(path) }));

  function bySchema(pointer: readonly string[], answer: Answered): string[] {
    // A client that disconnected has only the beginning of the body.
    if (answer.left) return [];
    const validate = ajv.getSchema(`api#/${pointer.map(escapePointer).join('/')}`);
    if (validate === undefined) return ['its schema is missing'];
    const value = jsonOf(answer);
    if (value === undefined) return ['a body that is not JSON'];
    if (validate(value)) return [];
    return [`a body that does not match its schema: ${ajv.errorsText(validate.errors)}`];
  }

  function byOperation({ method, path }: { method: string; path: string }, answer: Answered): string[] {
    const operation = document.paths[path]?.[method];
    if (operation === undefined) return [`${method} ${path} is not described`];
    const key = operation.responses[answer.status] === undefined ? 'default' : String(answer.status);
    const described = operation.responses[key];
    if (described === undefined) return [`${answer.status} is not described`];
    const missing = Object.keys(described.headers ?? {}).filter((name) => !answer.headers[name.toLowerCase()]);
    const offences = missing.map((name) => `no ${name}`);
    if (described.content === undefined)
      return answer.body.length > 0 ? [...offences, 'a body where none is described'] : offences;
    const type = mediaTypeOf(answer);
    if (described.content[type] === undefined) return [...offences, `${type || 'no media type'} is not described`];
    if (type !== 'application/json') return offences;
    const pointer = ['paths', path, method, 'responses', key, 'content', type, 'schema'];
    return [...offences, ...bySchema(pointer, answer)];
  }

  return {
    offences({ method, target }, answer) {
      const offences = [...internals(answer), ...consistency(answer)];
      if (method === 'HEAD' || isRedirect(method, target, answer) || isErrorPage(method, answer)) return offences;
      const path = templates.find(({ pattern }) => pattern.test(pathOf(target)))?.path;
      const known = path !== undefined && document.paths[path]?.[method.toLowerCase()] !== undefined;
      // A preflight has its own kind of response.
      if (!known && answer.status === 204 && method === 'OPTIONS') return offences;
      if (known) return [...offences, ...byOperation({ method: method.toLowerCase(), path }, answer)];
      if (answer.status < 400) return [...offences, `${answer.status} for an unknown path`];
      return [...offences, ...bySchema(['components', 'schemas', 'Error'], answer)];
    },
  };
}

/** `/` and `/docs/` redirect to the API reference. */
function isRedirect(method: string, target: string, { status }: Answered): boolean {
  return method === 'GET' && status === 302 && ['/', '/docs'].includes(pathOf(target));
}

/** An error page for browsers. */
function isErrorPage(method: string, answer: Answered): boolean {
  if (method !== 'GET' || mediaTypeOf(answer) !== 'text/html') return false;
  return answer.status >= 400 && (answer.left || answer.body.toString('utf8').includes(`<h1>${answer.status} `));
}

/** Reports internal errors and internal details in a response. */
export function internals(answer: Answered): string[] {
  const offences = answer.status === 500 || codeOf(answer) === 'INTERNAL_ERROR' ? ['INTERNAL_ERROR'] : [];
  if (mediaTypeOf(answer) !== 'application/json') return offences;
  return INSIDES.test(answer.body.toString('utf8'))
    ? [...offences, 'a response that shows internal details']
    : offences;
}

/** Checks that the fields of an error are consistent. */
function consistency(answer: Answered): string[] {
  if (!answer.complete || mediaTypeOf(answer) !== 'application/json') return [];
  const code = codeOf(answer);
  if (code === undefined) return [];
  const { status } = ERROR_CATALOGUE[code as keyof typeof ERROR_CATALOGUE] ?? { status: undefined };
  const offences = status === answer.status ? [] : [`${code} with ${answer.status}`];
  const { request_id: requestId, recoverable } = jsonOf(answer) as { request_id?: unknown; recoverable?: unknown };
  const mustWait = recoverable === true && (answer.status === 429 || answer.status === 503);
  if (mustWait !== /^\d+$/.test(answer.headers['retry-after'] ?? ''))
    offences.push(`Retry-After with ${answer.status}`);
  if (requestId !== answer.headers['x-request-id']) offences.push('a request_id that differs from X-Request-Id');
  return offences;
}

/** Returns the code of one of our errors; undefined for any other response. */
export function codeOf(answer: Answered): string | undefined {
  if (answer.status < 400 || mediaTypeOf(answer) !== 'application/json') return undefined;
  const body = jsonOf(answer) as { code?: unknown } | undefined;
  return typeof body?.code === 'string' ? body.code : undefined;
}

export function jsonOf({ body }: Answered): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

export function mediaTypeOf({ headers }: Answered): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

/** The formats in the document; ajv has none of its own. */
const FORMATS = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
};

/** Removes the query and what routers ignore: an origin, which proxies send, and a slash at the end. */
function pathOf(target: string): string {
  const [path = ''] = target.replace(/^[a-z]+:\/\/[^/?]*/i, '').split('?');
  return path.length > 1 ? path.replace(/\/$/, '') : path;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
