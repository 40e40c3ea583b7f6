import { z } from 'zod';
import { post } from '#lib/http/route-entry.ts';
import { TOKEN_REQUEST } from '#lib/identity/tokens/token-grant.ts';
import { PATHS } from './paths.ts';

/** The response of `POST /oauth/token`: RFC 6749, section 5.1. */
const TOKEN = z.strictObject({
  access_token: z.string().meta({ description: 'The token, a signed JWT. Send it as `Authorization: Bearer …`.' }),
  token_type: z.literal('Bearer').meta({ description: 'Always `Bearer`.' }),
  expires_in: z.int().positive().meta({ description: 'Lifetime of the token, in seconds.' }),
  scope: z.string().meta({ description: 'Scopes of the token, separated by spaces.' }),
});

export type TokenAnswer = z.output<typeof TOKEN>;

export const TOKEN_ROUTES = {
  grant: post(PATHS.token.own, {
    // The API key in the request authenticates the caller.
    access: 'public',
    summary: 'Exchange an API key for a token (RFC 6749, section 4.4)',
    // The error's name in RFC 6749, section 5.2.
    body: { name: 'TokenRequest', schema: TOKEN_REQUEST, format: 'form', refusal: { error: 'invalid_request' } },
    answers: {
      200: {
        description: 'A token with the scopes of the key, or only those that the request names in `scope`.',
        json: { name: 'Token', schema: TOKEN },
      },
    },
  }),
};
