import { z } from 'zod';
import { SCOPES } from '#lib/identity/caller.ts';
import { ERROR_BODY } from './answer.ts';
import { queryFields } from './query.ts';
import { type AnswerEntry, type Json, type RequestBody, type RouteEntry, TEXT } from './route-entry.ts';

export type ApiDocument = {
  readonly info: { readonly title: string; readonly version: string; readonly description: string } & Json;
  readonly servers: readonly { readonly url: string }[];
  /** Path → method → operation. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  /** Name → JSON schema. */
  readonly components: { readonly schemas: Readonly<Record<string, Json>> } & Json;
} & Json;

export type Operation = {
  readonly summary: string;
  readonly parameters?: readonly Json[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
};

const ERROR: AnswerEntry = {
  description: 'An error. `code` is one of the codes in docs/reference/errors.md.',
  json: { name: 'Error', schema: ERROR_BODY },
};

/** Returns the OpenAPI 3.1 document of these routes, in their order. */
export function describeRoutes(
  service: Pick<ApiDocument, 'info' | 'servers'>,
  routes: readonly RouteEntry[],
): ApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    ...service,
    paths,
    components: {
      schemas: Object.assign({}, ...routes.map(schemasOf), answerSchemas([ERROR])),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: `A JWT with \`sub\`, \`exp\` and \`scope\`, a list with spaces. Scopes: ${SCOPES.join(', ')}.`,
        },
        api_key: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Api-Key',
          description: 'An API key, created with `POST /api/keys` or `npm run keys -- create`.',
        },
      },
    },
  };
}

function operation({ summary, access, params = {}, query, parameters = [], body, answers }: RouteEntry): Operation {
  const all = [
    ...Object.entries(params).map(pathParameter),
    ...(query === undefined ? [] : queryParameters(query)),
    ...parameters,
  ];
  return {
    summary,
    ...(all.length === 0 ? {} : { parameters: all }),
    ...(body && { requestBody: requestBody(body) }),
    responses: mapped({ ...answers, default: ERROR }, response),
    security: access === 'public' ? [] : [{ bearer: [access] }, { api_key: [access] }],
  };
}

function pathParameter([name, description]: [string, string]): Json {
  return { name, in: 'path', required: true, description, schema: TEXT };
}

function queryParameters(query: z.ZodType): Json[] {
  return queryFields(query).map(({ name, required, schema }) => ({
    name,
    in: 'query',
    required,
    ...(schema.type === 'array' ? { style: 'form', explode: false } : {}),
    schema,
  }));
}

function requestBody({ name, format }: RequestBody): Json {
  const shape = { schema: reference(name) };
  const form = format === 'form' ? { 'application/x-www-form-urlencoded': shape } : {};
  return { required: true, content: { ...form, 'application/json': shape } };
}

function response({ description, headers, json, content }: AnswerEntry): Json {
  return {
    description,
    ...(headers && { headers: mapped(headers, (text) => ({ description: text, schema: TEXT })) }),
    ...(json && { content: { 'application/json': { schema: reference(json.name) } } }),
    ...(content && { content: mapped(content, (schema) => ({ schema })) }),
  };
}

function mapped<In, Out>(record: Readonly<Record<string, In>>, map: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
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
