import { type ApiKey, KEYS_ROUTES } from '#lib/api/keys.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer, noContent } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `/api/keys`: manages API keys. */
export const handler = httpFunction(
  'BUFFERED',
  serve(KEYS_ROUTES, {
    async create({ caller, body: { name, scopes, subject, expires_in_days: expiresInDays, limits } }) {
      const wanted = { name, scopes, subject, expiresInDays, limits };
      const { record, key } = await services.identity.keys.create(wanted, caller);
      return jsonAnswer(201, { ...written(record), key });
    },
    async list({ query: { cursor } }) {
      const { keys, nextCursor } = await services.identity.keys.list(cursor);
      return jsonAnswer(200, { keys: keys.map(written), next_cursor: nextCursor });
    },
    async get({ params: { id } }) {
      return jsonAnswer(200, written(await services.identity.keys.get(id)));
    },
    async revoke({ params: { id } }) {
      await services.identity.keys.revoke(id);
      return noContent();
    },
  }),
  httpOptions,
);

type KeyRecord = Awaited<ReturnType<typeof services.identity.keys.get>>;

function written({ id, name, subject, scopes, limits, createdAt, expiresAt, madeBy: made_by }: KeyRecord): ApiKey {
  const [created_at, expires_at] = [createdAt.toISOString(), expiresAt?.toISOString() ?? null];
  return { id, name, subject, scopes: [...scopes], limits: { ...limits }, created_at, expires_at, made_by };
}
