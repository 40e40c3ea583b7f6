import { apiKeyAnswer, apiKeysAnswer, KEYS_ROUTES } from '#lib/api/keys.ts';
import { jsonAnswer, noContent } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';
import { httpOptions, services } from '#lib/services.ts';

/** `/api/keys`: the keys of the service's callers. */
export const handler = httpFunction(
  'BUFFERED',
  serve(KEYS_ROUTES, {
    async create({ body: { name, scopes, subject, expires_in_days: expiresInDays } }) {
      const { record, key } = await services.identity.keys.create({ name, scopes, subject, expiresInDays });
      return jsonAnswer(201, { ...apiKeyAnswer(record), key });
    },
    async list({ query: { cursor } }) {
      return jsonAnswer(200, apiKeysAnswer(await services.identity.keys.list(cursor)));
    },
    async get({ params: { id } }) {
      return jsonAnswer(200, apiKeyAnswer(await services.identity.keys.get(id)));
    },
    async revoke({ params: { id } }) {
      await services.identity.keys.revoke(id);
      return noContent();
    },
  }),
  httpOptions,
);
