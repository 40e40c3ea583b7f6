import { httpOptions, services } from '#lib/function-process.ts';
import { httpFunction } from '#lib/http/stack.ts';
import { tokenAnswer, tokenRequest } from '#lib/http/token.ts';

/** `POST /oauth/token`: an API key in, a token out. */
export const handler = httpFunction(
  'BUFFERED',
  [
    {
      method: 'POST',
      path: '/oauth/token',
      // The key that is changed is what proves the caller.
      access: 'public',
      body: 'form',
      handler: async ({ body, headers, address }) =>
        tokenAnswer(await services.identity.tokenGrant.grant(tokenRequest(body), { headers, address })),
    },
  ],
  httpOptions,
);
