import { z } from 'zod';
import type { Access } from '#lib/identity/caller.ts';

export type Json = Readonly<Record<string, unknown>>;

export type Operation = {
  readonly summary: string;
  readonly parameters?: readonly Json[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
};

/** What one resource adds to the document. */
export type ApiPart = {
  /** Path → method → operation. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  /** Name → JSON schema. */
  readonly schemas: Readonly<Record<string, Json>>;
};

export type OperationOptions = {
  readonly summary: string;
  /** As the route declares it. */
  readonly access: Access;
  /** Status → answer. */
  readonly responses: Readonly<Record<number, Json>>;
  readonly parameters?: readonly Json[];
  readonly requestBody?: Json;
};

/** Every operation may also answer any error of the catalogue. */
export function operation({ access, responses, ...described }: OperationOptions): Operation {
  return {
    ...described,
    security: access === 'public' ? [] : [{ bearer: [access] }, { api_key: [access] }],
    responses: { ...responses, default: jsonAnswer('An error.', 'Error') },
  };
}

/** A body that is `schema` of the components. */
export function jsonRequest(schema: string): Json {
  return { required: true, content: jsonContent(schema) };
}

/** An answer that is `schema` of the components. */
export function jsonAnswer(description: string, schema: string): Json {
  return { description, content: jsonContent(schema) };
}

export function jsonContent(schema: string): Json {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
}

/** A part of the path, as `id` in `/transcodes/{id}`. */
export function pathParameter(name: string, description: string): Json {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } };
}

export function header(description: string): Json {
  return { description, schema: { type: 'string' } };
}

/** The schema of what a client sends: fields with a default may be absent. */
export function requestSchema(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: 'input' }) as Json;
}

/** The schema of what the service answers. */
export function answerSchema(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: 'output' }) as Json;
}
