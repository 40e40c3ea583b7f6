import fc from 'fast-check';
import type { ApiDocument, ApiOperation, ApiParameter } from './contract.ts';
import { CREDENTIALS } from './credentials.ts';
import { type CaseOfSeed, type ClientBehaviour, ENDLESS_LIMIT_MS } from './fuzz-case.ts';
import { BROKEN_HEADERS, HOSTILE_HEADERS } from './hostile-headers.ts';
import { changed, JSON_CHANGES, TEXT_CHANGES } from './json-damage.ts';
import { MARKERS } from './markers.ts';
import { plausible } from './plausible.ts';
import { BROKEN_TARGETS, CHANGED_TARGETS, PATH_VALUES, plainText, queryOf } from './request-target.ts';
import { type FieldValues, valuesOf } from './schema-values.ts';
import { SOURCE_URLS } from './source-urls.ts';
import { type HeaderLine, isRightFraming, serialize, type WireRequest, WRONG_FRAMINGS } from './wire-request.ts';

/** Values that a schema alone cannot generate. */
const FIELDS: FieldValues = {
  source_url: SOURCE_URLS,
  url: SOURCE_URLS,
  callback_url: fc.oneof(fc.constant(null), SOURCE_URLS),
  duration: fc.double({ min: 0.001, max: 5, noNaN: true }),
  start_at: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 2, noNaN: true })),
  grant_type: fc.constantFrom('client_credentials', 'client_credentials', 'password', ''),
  client_id: fc.constantFrom(MARKERS.goodKeyId, MARKERS.goodKeyId, MARKERS.keyId, ''),
  client_secret: fc.constantFrom(MARKERS.apiKey, MARKERS.apiKey, 'x'),
  scope: fc.constantFrom('transcode', 'admin transcode', ' ', 'jobs', '\u00ff'),
};

const FORM = 'application/x-www-form-urlencoded';
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY', 'PROPFIND', 'TRACE'] as const;
const BROKEN_METHODS = ['get', '', 'BREW', 'PRI', 'CONNECT', 'G\u0000T', 'A'.repeat(1_000)] as const;

/** Longest wait for a response. The server closes a silent connection after 15 s. */
const LIMIT_MS = 25_000;

/** Changes to a valid request. All are rare, so that most requests reach their operation. */
const TWISTS = fc.record({
  changes: maybe(2, fc.array(JSON_CHANGES, { minLength: 1, maxLength: 3 })),
  text: maybe(8, TEXT_CHANGES),
  headers: maybe(3, fc.array(HOSTILE_HEADERS, { minLength: 1, maxLength: 4 })),
  method: maybe(15, fc.constantFrom(...METHODS)),
  target: maybe(10, CHANGED_TARGETS),
  version: maybe(25, fc.constant('1.0')),
  chunked: maybe(6, fc.constant(true)),
  bodyless: maybe(25, fc.constant(true)),
  broken: maybe(
    10,
    fc.oneof(
      fc.record({ framing: fc.constantFrom(...WRONG_FRAMINGS) }),
      fc.record({ header: BROKEN_HEADERS }),
      fc.record({ target: BROKEN_TARGETS }),
      fc.record({ method: fc.constantFrom(...BROKEN_METHODS) }),
      fc.record({ version: fc.constantFrom('0.9', '2.0', '1.2', 'x', '') }),
      fc.record({ bytes: fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 8 }) }),
      fc.record({ cutAt: fc.nat(400) }),
    ),
  ),
  client: fc.oneof(
    { weight: 14, arbitrary: fc.constant<ClientBehaviour>({ kind: 'reads' }) },
    { weight: 1, arbitrary: fc.nat(300).map((afterMs): ClientBehaviour => ({ kind: 'gives_up', afterMs })) },
    { weight: 1, arbitrary: fc.nat(9_000).map((behindBytes): ClientBehaviour => ({ kind: 'leaves', behindBytes })) },
  ),
});

type Twists = typeof TWISTS extends fc.Arbitrary<infer Value> ? Value : never;

/** Requests for every operation of this OpenAPI document: valid ones, and some with a few changes. */
export function requestCases(document: ApiDocument): fc.Arbitrary<CaseOfSeed> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      // Fewer transcodes, because audio is expensive and `media` cases cover it. More changes, which have many checks.
      weight: path === '/transcode' ? 2 : method === 'patch' ? 8 : 3,
      arbitrary: casesOf({ path, method: method.toUpperCase(), operation }, document),
    })),
  );
  return fc.oneof(...operations);
}

function casesOf(
  { path, method, operation }: { path: string; method: string; operation: ApiOperation },
  document: ApiDocument,
): fc.Arbitrary<CaseOfSeed> {
  const { parameters = [], requestBody } = operation;
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
  // The token endpoint: credentials in the body exclude credentials in a header.
  const isForm = FORM in (requestBody?.content ?? {});
  return fc
    .record({
      query: parametersOf('query', parameters),
      headers: parametersOf('header', parameters),
      id: PATH_VALUES,
      body: schema === undefined ? fc.constant(undefined) : valuesOf(schema, FIELDS, document),
      type: fc.constantFrom(...Object.keys(requestBody?.content ?? { 'application/json': 0 })),
      isPlausible: fc.constantFrom(true, true, false),
      credentials: isForm ? fc.oneof(fc.constant([]), CREDENTIALS) : CREDENTIALS,
      twists: TWISTS,
    })
    .map(({ query, headers, id, body: made, type, isPlausible, credentials, twists }) => {
      const body = isPlausible ? plausible(made) : made;
      const own = Object.entries(headers).map(([name, value]): HeaderLine => [name, headerText(value)]);
      const target = path.replace(/\{\w+\}/, id) + queryOf(query);
      const lines: HeaderLine[] = [['Host', '127.0.0.1'], ['Content-Type', type], ...credentials, ...own];
      const isStream = path === '/transcode' || path.endsWith('/events');
      return twisted({ method, target, lines, body: bodyOf(body, type, twists), isStream }, twists);
    });
}

/** Header values are ISO 8859-1, without control characters. */
function headerText(value: unknown): string {
  return plainText(value).replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '');
}

function parametersOf(place: string, parameters: readonly ApiParameter[]): fc.Arbitrary<Record<string, unknown>> {
  const here = parameters.filter((parameter) => parameter.in === place);
  const values = here.map(({ name, schema }) => [name, FIELDS[name] ?? valuesOf(schema)] as const);
  const required = here.filter((parameter) => parameter.required).map(({ name }) => name);
  return fc.record(Object.fromEntries(values), { requiredKeys: required });
}

function bodyOf(value: unknown, type: string, { changes, text, bodyless }: Twists): Buffer | undefined {
  if (bodyless || (value === undefined && changes === undefined)) return undefined;
  const twisted = (changes ?? []).reduce(changed, value ?? {});
  const isForm = type === FORM && typeof twisted === 'object' && twisted !== null;
  const written = isForm ? queryOf(twisted as Record<string, unknown>).slice(1) : (JSON.stringify(twisted) ?? '');
  return Buffer.from(text?.(written) ?? written);
}

type Proper = {
  readonly method: string;
  readonly target: string;
  readonly lines: HeaderLine[];
  readonly body: Buffer | undefined;
  /** Whether the response may be endless. */
  readonly isStream: boolean;
};

function twisted({ method, target, lines, body, isStream }: Proper, twists: Twists): CaseOfSeed {
  const { broken } = twists;
  const proper: WireRequest = {
    method: twists.method ?? method,
    target: twists.target?.(target) ?? target,
    version: twists.version ?? '1.1',
    headers: [...lines, ...(twists.headers ?? [])],
    body,
    framing: twists.chunked && twists.version === undefined ? 'chunked' : 'length',
  };
  const wire: WireRequest = {
    ...proper,
    ...(broken !== undefined && 'framing' in broken
      ? { framing: broken.framing, body: body ?? Buffer.from('{}') }
      : {}),
    ...(broken !== undefined && 'method' in broken ? { method: broken.method } : {}),
    ...(broken !== undefined && 'version' in broken ? { version: broken.version } : {}),
    ...(broken !== undefined && 'target' in broken ? { target: broken.target(proper.target) } : {}),
    ...(broken !== undefined && 'header' in broken ? { headers: [...proper.headers, broken.header] } : {}),
  };
  const bytes = serialize(wire);
  if (broken !== undefined && 'bytes' in broken) for (const [at, byte] of broken.bytes) bytes[at % bytes.length] = byte;
  const sent = broken !== undefined && 'cutAt' in broken ? bytes.subarray(0, broken.cutAt % bytes.length) : bytes;
  const isHttp = broken === undefined && isRightFraming(wire.framing) && !changesFraming(twists.headers);
  return (seed) => ({
    kind: 'request',
    seed,
    label: labelOf(twists),
    bytes: sent,
    method: wire.method,
    target: wire.target,
    isHttp,
    client: clientOf(twists, isStream),
    limitMs: isStream ? ENDLESS_LIMIT_MS : LIMIT_MS,
  });
}

/** Reads endless responses for a while. A client with an invalid request rarely waits for the server's timeout. */
function clientOf({ broken, client }: Twists, isStream: boolean): ClientBehaviour {
  const waits = broken === undefined || ('cutAt' in broken && broken.cutAt < 100 && broken.cutAt % 10 === 0);
  if (!waits) return { kind: 'gives_up', afterMs: 1_500 };
  return isStream && client.kind === 'reads' ? { kind: 'listens', ms: 1_000 } : client;
}

/** Headers for which a server may reject the request as invalid. */
function changesFraming(headers: readonly HeaderLine[] = []): boolean {
  return headers.some(([name]) => ['Host', 'Expect', 'Connection', 'Upgrade'].includes(name)) || headers.length > 40;
}

function labelOf({ broken, ...twists }: Twists): string {
  const names = Object.entries(twists).flatMap(([name, value]) =>
    value === undefined || name === 'client' ? [] : [name],
  );
  const kinds = broken === undefined ? [] : Object.keys(broken).map((name) => `broken ${name}`);
  return [...names, ...kinds].join(', ') || 'as documented';
}

function maybe<T>(oneIn: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: oneIn - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: arbitrary as fc.Arbitrary<T | undefined> },
  );
}
