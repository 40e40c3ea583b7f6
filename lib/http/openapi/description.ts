import { type ApiPart, operation } from './operation.ts';

export const DESCRIPTION_API: ApiPart = {
  paths: {
    '/openapi.json': {
      get: operation({
        summary: 'This document.',
        access: 'public',
        responses: {
          200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
        },
      }),
    },
    '/docs': {
      get: operation({
        summary: 'This document, for people.',
        access: 'public',
        responses: { 200: { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } } },
      }),
    },
  },
  schemas: {},
};
