import { z } from 'zod';
import { AppError } from '#lib/errors.ts';
import { isForTokens, SCOPES } from '#lib/identity/caller.ts';
import { ERROR_BODY, errorBody } from './answer.ts';
import { queryFields } from './query.ts';
import { type AnswerEntry, type Json, type RequestBody, type RouteEntry, TEXT } from './route-entry.ts';

export type ApiDocument = {
  readonly info: { readonly title: string; readonly version: string; readonly description: string } & Json;
  readonly servers: readonly { readonly url: string }[];
  /** The groups of the operations, in their order. */
  readonly tags: readonly ApiTag[];
  /** Path → method → operation. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  /** Name → JSON schema. */
  readonly components: { readonly schemas: Readonly<Record<string, Json>> } & Json;
} & Json;

export type ApiTag = { readonly name: string; readonly description: string };

/** Examples of a route's requests and responses. */
export type RouteExamples = {
  /** Name → value, of the path and of the query. */
  readonly params?: Json;
  readonly query?: Json;
  /** Title → body. */
  readonly body?: Readonly<Record<string, Json>>;
  /** Status → body. */
  readonly answers?: Readonly<Record<number, unknown>>;
};

/** A route with what the document says of it besides. */
export type DescribedRoute = RouteEntry & {
  /** The operation's id; each has another. */
  readonly id: string;
  readonly tag: string;
  readonly examples: RouteExamples;
};

export type Operation = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters?: readonly Json[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
};

const ERROR: AnswerEntry = {
  description: 'An error. `code` is one of those in the schema; `message` explains it.',
  json: { name: 'Error', schema: ERROR_BODY },
};

const ERROR_EXAMPLE = errorBody(
  new AppError('RATE_LIMITED', { retry_after_seconds: 2 }),
  '6f9b1b0e-5a7d-4c1e-9d1e-3c2f4a5b6c7d',
);

/** Returns the OpenAPI 3.1 document of these routes, in their order. */
export function describeRoutes(
  service: Pick<ApiDocument, 'info' | 'servers' | 'tags'>,
  all: readonly DescribedRoute[],
): ApiDocument {
  const routes = all.filter(({ hidden }) => hidden !== true);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    ...service,
    paths,
    components: {
      schemas: joined([...routes.map(schemasOf), answerSchemas([ERROR])]),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'Enter a token from `POST /oauth/token`, or another JWT with `sub`, `exp` and `scope`. ' +
            `Scopes, separated by spaces: ${SCOPES.filter(isForTokens).join(', ')}.`,
        },
        api_key: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Api-Key',
          description: 'Enter an API key, created with `POST /api/keys` or `npm run keys -- create`.',
        },
      },
    },
  };
}

function operation(route: DescribedRoute): Operation {
  const {
    id,
    tag,
    summary,
    access,
    token = false,
    params = {},
    query,
    parameters = [],
    body,
    answers,
    examples,
  } = route;
  const all = [
    ...Object.entries(params).map((param) => pathParameter(param, examples.params)),
    ...(query === undefined ? [] : queryParameters(query, examples.query)),
    ...parameters,
  ];
  const shown: Readonly<Record<string, unknown>> = { ...examples.answers, default: ERROR_EXAMPLE };
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(all.length === 0 ? {} : { parameters: all }),
    ...(body && { requestBody: requestBody(body, examples.body) }),
    responses: mapped({ ...answers, default: ERROR }, (answer, status) => response(answer, shown[status])),
    // Without credentials, the route needs its token.
    security: [...securityOf(access), ...(token ? [{}] : [])],
  };
}

function securityOf(access: RouteEntry['access']): Operation['security'] {
  if (access === 'public') return [];
  if (access === 'any') return [{ bearer: [] }, { api_key: [] }];
  return [access]
    .flat()
    .flatMap((scope) => [...(isForTokens(scope) ? [{ bearer: [scope] }] : []), { api_key: [scope] }]);
}

function pathParameter([name, description]: [string, string], examples: Json = {}): Json {
  return { name, in: 'path', required: true, description, schema: TEXT, ...exampleOf(examples[name]) };
}

function exampleOf(value: unknown): Json {
  return value === undefined ? {} : { example: value };
}

function queryParameters(query: z.ZodType, examples: Json = {}): Json[] {
  return queryFields(query).map(({ name, required, schema }) => ({
    name,
    in: 'query',
    required,
    // Swagger UI shows the description of a parameter, not that of its schema.
    ...(schema.description === undefined ? {} : { description: schema.description }),
    ...(schema.type === 'array' ? { style: 'form', explode: false } : {}),
    schema,
    ...exampleOf(examples[name]),
  }));
}

function requestBody({ name, format }: RequestBody, examples: RouteExamples['body'] = {}): Json {
  const shape = {
    schema: reference(name),
    examples: Object.fromEntries(
      Object.entries(examples).map(([summary, value], index) => [`example-${index + 1}`, { summary, value }]),
    ),
  };
  const form = format === 'form' ? { 'application/x-www-form-urlencoded': shape } : {};
  return { required: true, content: { ...form, 'application/json': shape } };
}

function response({ description, headers, json, content }: AnswerEntry, example: unknown): Json {
  return {
    description,
    ...(headers && { headers: mapped(headers, (text) => ({ description: text, schema: TEXT })) }),
    ...(json && { content: { 'application/json': { schema: reference(json.name), ...exampleOf(example) } } }),
    ...(content && { content: mapped(content, (schema) => ({ schema, ...exampleOf(example) })) }),
  };
}

function mapped<In, Out>(
  record: Readonly<Record<string, In>>,
  map: (value: In, name: string) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

/** Throws when two schemas have one name: the document would describe a response by the schema of another one. */
function joined(all: readonly Json[]): Record<string, Json> {
  const schemas: Record<string, Json> = {};
  for (const [name, schema] of all.flatMap(Object.entries)) {
    const earlier = schemas[name];
    if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(schema)) {
      throw new Error(`two schemas have the name ${name}`);
    }
    schemas[name] = schema as Json;
  }
  return schemas;
}

/** In a request body, fields with a default are optional. A response has all of them. */
function schemasOf({ body, answers }: RouteEntry): Json {
  return {
    ...(body && { [body.name]: z.toJSONSchema(body.shown ?? body.schema, { io: 'input' }) }),
    ...answerSchemas(Object.values(answers)),
  };
}

function answerSchemas(answers: readonly AnswerEntry[]): Json {
  const shapes = answers.flatMap(({ json }) => json ?? []);
  return Object.fromEntries(shapes.map(({ name, schema }) => [name, z.toJSONSchema(schema, { io: 'output' })]));
}
