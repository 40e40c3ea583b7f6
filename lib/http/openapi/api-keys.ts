import { API_KEY, API_KEYS, CREATED_API_KEY, NEW_API_KEY } from '#lib/http/api-keys.ts';
import {
  type ApiPart,
  answerSchema,
  jsonAnswer,
  jsonRequest,
  operation,
  pathParameter,
  requestSchema,
} from './operation.ts';

const ID = pathParameter('id', 'The part of the key between `ffk_` and the next `_`.');

export const API_KEYS_API: ApiPart = {
  paths: {
    '/api/keys': {
      post: operation({
        summary: 'Makes an API key, and shows it this once.',
        access: 'admin',
        requestBody: jsonRequest('NewApiKey'),
        responses: { 201: jsonAnswer('The key.', 'CreatedApiKey') },
      }),
      get: operation({
        summary: 'The API keys that have not been revoked, newest first.',
        access: 'admin',
        parameters: [
          {
            name: 'cursor',
            in: 'query',
            required: false,
            schema: { type: 'string', description: '`next_cursor` of the page before.' },
          },
        ],
        responses: { 200: jsonAnswer('A page of them; never the keys themselves.', 'ApiKeys') },
      }),
    },
    '/api/keys/{id}': {
      get: operation({
        summary: 'One API key; never the key itself.',
        access: 'admin',
        parameters: [ID],
        responses: { 200: jsonAnswer('What it is.', 'ApiKey') },
      }),
      delete: operation({
        summary: 'Revokes an API key, everywhere and at once. Tokens that it got stay valid until they expire.',
        access: 'admin',
        parameters: [ID],
        responses: { 204: { description: 'It opens nothing any more.' } },
      }),
    },
  },
  schemas: {
    NewApiKey: requestSchema(NEW_API_KEY),
    ApiKey: answerSchema(API_KEY),
    CreatedApiKey: answerSchema(CREATED_API_KEY),
    ApiKeys: answerSchema(API_KEYS),
  },
};
