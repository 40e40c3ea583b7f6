import { z } from 'zod';
import { CALLBACK_SECRET, CALLBACK_TEST } from '#lib/callbacks/record.ts';
import { get, post } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

const LONGEST_URL = 2_048;

const SECRET_JSON = { name: 'CallbackSecret', schema: CALLBACK_SECRET };

const TEST_CALLBACK = z.strictObject({
  url: z
    .string()
    .max(LONGEST_URL)
    .meta({ description: 'Where to send the test: an https URL, as `callback_url` of a job.' }),
});

export const CALLBACKS_ROUTES = {
  secret: get(PATHS.callbacks.own, {
    access: 'any',
    summary: 'Get the secret that signs the caller’s callbacks',
    answers: { 200: { description: 'The secret. The first request makes it.', json: SECRET_JSON } },
  }),
  rotate: post(PATHS.callbacks.own, {
    access: 'any',
    summary: 'Replace the secret that signs the caller’s callbacks',
    answers: {
      200: {
        description: 'The new secret. For 24 hours, callbacks are signed with the old one as well.',
        json: SECRET_JSON,
      },
    },
  }),
  test: post(PATHS.callbacks.test, {
    access: 'any',
    summary: 'Send a test callback',
    body: { name: 'TestCallback', schema: TEST_CALLBACK },
    answers: {
      200: {
        description: 'What the attempt has led to, whether it was delivered or not.',
        json: { name: 'CallbackTest', schema: CALLBACK_TEST },
      },
    },
  }),
};
