import { TOKEN_ROUTES, type TokenAnswer } from '#lib/api/token.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `POST /oauth/token`: exchanges an API key for a token. */
export const handler = httpFunction(
  'BUFFERED',
  serve(TOKEN_ROUTES, {
    async grant({ body, event: { headers, address } }) {
      const { token, expiresInSeconds, scopes } = await services.identity.tokenGrant.grant(body, { headers, address });
      return jsonAnswer(200, {
        access_token: token,
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        scope: scopes.join(' '),
      } satisfies TokenAnswer);
    },
  }),
  httpOptions,
);
