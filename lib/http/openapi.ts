import { z } from 'zod';
import { ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';
import { SCOPES } from '#lib/identity/caller.ts';
import { API_KEYS_API } from './openapi/api-keys.ts';
import { DESCRIPTION_API } from './openapi/description.ts';
import { HEALTH_API } from './openapi/health.ts';
import { METRICS_API } from './openapi/metrics.ts';
import { type ApiPart, answerSchema, type Json } from './openapi/operation.ts';
import { TOKEN_API } from './openapi/token.ts';
import { TRANSCODE_API } from './openapi/transcode.ts';
import { TRANSCODES_API } from './openapi/transcodes.ts';
import { UPLOADS_API } from './openapi/uploads.ts';

/** One part a resource, in the order of the documentation. */
const PARTS: readonly ApiPart[] = [
  TRANSCODE_API,
  TRANSCODES_API,
  HEALTH_API,
  METRICS_API,
  TOKEN_API,
  API_KEYS_API,
  UPLOADS_API,
  DESCRIPTION_API,
];

/** The body of every error answer. */
const ERROR = z.strictObject({
  code: z.enum(Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  recoverable: z.boolean().meta({ description: 'Whether the same request may succeed later.' }),
  request_id: z.string(),
});

export type ApiDocument = {
  readonly info: { readonly title: string; readonly version: string; readonly description: string } & Json;
  readonly paths: ApiPart['paths'];
  readonly components: { readonly schemas: ApiPart['schemas'] } & Json;
} & Json;

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
    paths: Object.assign({}, ...PARTS.map(({ paths }) => paths)),
    components: {
      schemas: Object.assign({}, ...PARTS.map(({ schemas }) => schemas), { Error: answerSchema(ERROR) }),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: `A JWT with \`sub\`, \`exp\` and a \`scope\` of ${SCOPES.join(', ')}.`,
        },
        api_key: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      },
    },
  };
}
