import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { API_KEYS_QUERY, apiKeyAnswer, apiKeysAnswer, NEW_API_KEY } from '#lib/http/api-keys.ts';
import type { HttpEvent } from '#lib/http/event.ts';
import { httpFunction } from '#lib/http/stack.ts';
import { validate } from '#lib/validation.ts';

/** `/api/keys`: who else may call. */
export const handler = httpFunction(
  'BUFFERED',
  [
    {
      method: 'POST',
      path: '/api/keys',
      access: 'admin',
      handler: async ({ body }) => {
        const { name, scopes, subject, expires_in_days: expiresInDays } = validate(NEW_API_KEY, body);
        const { record, key } = await services.identity.keys.create({ name, scopes, subject, expiresInDays });
        return jsonAnswer(201, { ...apiKeyAnswer(record), key });
      },
    },
    {
      method: 'GET',
      path: '/api/keys',
      access: 'admin',
      handler: async ({ queryStringParameters }) => {
        const { cursor } = validate(API_KEYS_QUERY, queryStringParameters ?? {});
        return jsonAnswer(200, apiKeysAnswer(await services.identity.keys.list(cursor)));
      },
    },
    {
      method: 'GET',
      path: '/api/keys/{id}',
      access: 'admin',
      handler: async (event) => jsonAnswer(200, apiKeyAnswer(await services.identity.keys.get(idOf(event)))),
    },
    {
      method: 'DELETE',
      path: '/api/keys/{id}',
      access: 'admin',
      handler: async (event) => {
        await services.identity.keys.revoke(idOf(event));
        return { statusCode: 204, headers: {}, body: '' };
      },
    },
  ],
  httpOptions,
);

function idOf({ pathParameters }: HttpEvent): string {
  return pathParameters?.['id'] ?? '';
}
