import { z } from 'zod';
import { AppError } from '#lib/errors.ts';
import { type IssuedToken, TOKEN_REQUEST, type TokenRequest } from '#lib/identity/tokens/token-grant.ts';
import { validate } from '#lib/validation.ts';
import { type Answer, jsonAnswer } from './answer.ts';

/** The answer of `POST /oauth/token`: RFC 6749, section 5.1. */
export const TOKEN = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive().meta({ description: 'Seconds.' }),
  scope: z.string(),
});

/** Throws VALIDATION_ERROR, which also says what RFC 6749 calls it. */
export function tokenRequest(body: unknown): TokenRequest {
  try {
    return validate(TOKEN_REQUEST, body);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, { ...error.details, error: 'invalid_request' }, { message: error.message });
  }
}

export function tokenAnswer({ token, expiresInSeconds, scopes }: IssuedToken): Answer {
  return jsonAnswer(200, {
    access_token: token,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    scope: scopes.join(' '),
  } satisfies z.output<typeof TOKEN>);
}
