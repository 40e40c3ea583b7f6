import { z } from 'zod';
import { post } from '#lib/http/route-entry.ts';
import { TOKEN_REQUEST } from '#lib/identity/tokens/token-grant.ts';
import { PATHS } from './paths.ts';

/** The answer of `POST /oauth/token`: RFC 6749, section 5.1. */
const TOKEN = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive().meta({ description: 'Seconds.' }),
  scope: z.string(),
});

export type TokenAnswer = z.output<typeof TOKEN>;

export const TOKEN_ROUTES = {
  grant: post(PATHS.token.own, {
    // The key in the request proves who calls.
    access: 'public',
    summary: 'An API key in, a token out (RFC 6749, section 4.4).',
    // The error's name in RFC 6749, section 5.2.
    body: { name: 'TokenRequest', schema: TOKEN_REQUEST, format: 'form', refusal: { error: 'invalid_request' } },
    answers: {
      200: { description: 'A token that may do no more than the key.', json: { name: 'Token', schema: TOKEN } },
    },
  }),
};
