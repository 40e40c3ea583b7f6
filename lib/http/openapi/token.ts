import { TOKEN } from '#lib/http/token.ts';
import { TOKEN_REQUEST } from '#lib/identity/tokens/token-grant.ts';
import { type ApiPart, answerSchema, jsonAnswer, jsonContent, operation, requestSchema } from './operation.ts';

export const TOKEN_API: ApiPart = {
  paths: {
    '/oauth/token': {
      post: operation({
        summary: 'An API key in, a token out (RFC 6749, section 4.4).',
        access: 'public',
        requestBody: {
          required: true,
          content: {
            'application/x-www-form-urlencoded': { schema: { $ref: '#/components/schemas/TokenRequest' } },
            ...jsonContent('TokenRequest'),
          },
        },
        responses: { 200: jsonAnswer('A token that may do no more than the key.', 'Token') },
      }),
    },
  },
  schemas: { TokenRequest: requestSchema(TOKEN_REQUEST), Token: answerSchema(TOKEN) },
};
