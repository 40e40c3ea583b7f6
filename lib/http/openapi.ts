import { z } from 'zod';
import { ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';
import { HEALTH, PROBE } from '#lib/health.ts';
import { AUDIO_MEDIA_TYPES } from '#lib/profiles/audio.ts';
import { TRANSCODE_REQUEST } from '#lib/transcode/request.ts';

/** The body of every error answer. */
const ERROR = z.strictObject({
  code: z.enum(Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  recoverable: z.boolean().meta({ description: 'Whether the same request may succeed later.' }),
  request_id: z.string(),
});

type Json = Readonly<Record<string, unknown>>;

export type ApiDocument = {
  readonly info: { readonly title: string; readonly version: string; readonly description: string } & Json;
  /** Path → method → operation. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
} & Json;

export type Operation = {
  readonly summary: string;
  readonly parameters?: readonly Json[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
};

/** OpenAPI 3.1, made of the schemas that validate. */
export function openApiDocument(version: string): ApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'ffmpeg-functions',
      version,
      description: 'FFmpeg as functions: audio that streams.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths: {
      '/transcode': { post: transcode(BODY), get: transcode(QUERY) },
      '/health': {
        get: operation('Whether the service works, and each of its parts.', {
          200: json('It works, or all but a part of it (`degraded`).', 'Health'),
          503: json('It does not work, or is shutting down.', 'Health'),
        }),
      },
      '/health/live': { get: operation('Whether the process answers.', { 200: json('It does.', 'Probe') }) },
      '/health/ready': {
        get: operation('Whether new work is taken.', {
          200: json('It is.', 'Probe'),
          503: json('It is not.', 'Probe'),
        }),
      },
      '/metrics': {
        get: operation('Prometheus metrics.', {
          200: {
            description: 'The text exposition format, version 0.0.4.',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        }),
      },
      '/openapi.json': {
        get: operation('This document.', {
          200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
        }),
      },
      '/docs': {
        get: operation('This document, for people.', {
          200: { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } },
        }),
      },
    },
    components: {
      schemas: { TranscodeRequest: REQUEST, Health: schemaOf(HEALTH), Probe: schemaOf(PROBE), Error: schemaOf(ERROR) },
    },
  };
}

/** What a client sends: fields with a default may be absent. */
const REQUEST = z.toJSONSchema(TRANSCODE_REQUEST, { io: 'input' }) as Json;

const BODY: Partial<Operation> = {
  requestBody: { required: true, content: { 'application/json': { schema: reference('TranscodeRequest') } } },
};

const QUERY: Partial<Operation> = { parameters: queryParameters() };

function transcode(input: Partial<Operation>): Operation {
  const audio = Object.fromEntries(
    AUDIO_MEDIA_TYPES.map((type) => [type, { schema: { type: 'string', contentMediaType: type } }]),
  );
  return {
    ...operation('Source URL in, audio out, as it is encoded.', {
      200: {
        description:
          'Chunked audio. A failure behind the first byte breaks the body off: one that ends properly is complete.',
        headers: {
          'X-Transcode-Id': header('The transcode’s id.'),
          'X-Source-Format': header('Container and codec as detected, such as `mp3/mp3`.'),
        },
        content: audio,
      },
    }),
    ...input,
  };
}

/** The request flattened: filters stand beside the other fields. */
function queryParameters(): Json[] {
  const { properties, required } = REQUEST as { properties: Record<string, Json>; required: string[] };
  const { filters, ...fields } = properties;
  const all = { ...fields, ...(filters?.['properties'] as Record<string, Json>) };
  return Object.entries(all).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(schema['type'] === 'array' ? { style: 'form', explode: false } : {}),
    schema,
  }));
}

/** Every operation may also answer any error of the catalogue. */
function operation(summary: string, responses: Record<number, Json>): Operation {
  return { summary, responses: { ...responses, default: { description: 'An error.', content: jsonContent('Error') } } };
}

function json(description: string, shape: 'Health' | 'Probe'): Json {
  return { description, content: jsonContent(shape) };
}

function jsonContent(id: string): Json {
  return { 'application/json': { schema: reference(id) } };
}

function reference(id: string): Json {
  return { $ref: `#/components/schemas/${id}` };
}

function header(description: string): Json {
  return { description, schema: { type: 'string' } };
}

function schemaOf(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: 'output' }) as Json;
}
