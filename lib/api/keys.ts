import { z } from 'zod';
import { del, get, post } from '#lib/http/route-entry.ts';
import { SCOPES } from '#lib/identity/caller.ts';
import { KEY_LIMITS } from '#lib/identity/keys/key-limits.ts';
import { isSubject } from '#lib/identity/subject.ts';
import { PATHS } from './paths.ts';

const LONGEST_NAME = 200;
const LONGEST_DAYS = 36_500;

const NEW_API_KEY = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(LONGEST_NAME)
    .refine(isSubject, 'name must be printable text')
    .meta({ description: 'A name by which people recognise the key.' }),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .max(SCOPES.length)
    .meta({
      description:
        'Scopes of the key: `transcode` for transcodes, `jobs` for video jobs, `admin` for API keys; each but `admin` also ' +
        'for uploads. A key that makes another one must have its scopes.',
    }),
  subject: z
    .string()
    .refine(isSubject, 'subject must be printable text of at most 255 characters')
    .optional()
    .meta({
      description:
        'Owner of the transcodes and uploads made with the key. Keys with the same subject share them. The id of the ' +
        'key when absent.',
    }),
  expires_in_days: z
    .number()
    .positive()
    .max(LONGEST_DAYS)
    .optional()
    .meta({ description: 'Days until the key expires. When absent, it expires with the key that makes it, if ever.' }),
  limits: KEY_LIMITS.default({}).meta({
    description:
      'What the key may use. When absent, the limits of the key that makes it, or else of the service, apply.',
  }),
});

/** A key without its secret. */
const API_KEY = z.strictObject({
  id: z.string().meta({ description: 'Id of the key: its part between `ffk_` and the next `_`.' }),
  name: z.string().meta({ description: 'Name of the key.' }),
  subject: z.string().meta({ description: 'Owner of the transcodes and uploads made with the key.' }),
  scopes: z.array(z.enum(SCOPES)).meta({ description: 'What the key may do.' }),
  limits: KEY_LIMITS.meta({ description: 'What the key may use; for what is absent, the service’s own limits apply.' }),
  created_at: z.iso.datetime().meta({ description: 'Time of creation.' }),
  expires_at: z.iso.datetime().nullable().meta({ description: 'Time of expiry; null when the key never expires.' }),
  made_by: z.string().nullable().meta({
    description: 'Id of the key that made this one, and with which it ends; null when it was made on the machine.',
  }),
});

export type ApiKey = z.output<typeof API_KEY>;

const CREATED_API_KEY = API_KEY.extend({
  key: z.string().meta({ description: 'The key itself. This response is the only one that contains it.' }),
});

const API_KEYS = z.strictObject({
  keys: z.array(API_KEY).meta({ description: 'The keys of this page, newest first.' }),
  next_cursor: z.string().nullable().meta({ description: '`cursor` of the next page; null on the last page.' }),
});
const API_KEYS_JSON = { name: 'ApiKeys', schema: API_KEYS };

const API_KEYS_QUERY = z.strictObject({
  cursor: z
    .string()
    // A refinement, so that the OpenAPI document does not show the format of a cursor.
    .refine((text) => /^[0-9a-f]{16}$/.test(text), 'cursor must be the next_cursor of the previous page')
    .optional()
    .meta({ description: 'Where to continue: `next_cursor` of the previous page.' }),
});

const PARAMS = { id: 'Id of the key: its part between `ffk_` and the next `_`.' };

export const KEYS_ROUTES = {
  create: post(PATHS.keys.own, {
    access: 'admin',
    summary: 'Create an API key',
    body: { name: 'NewApiKey', schema: NEW_API_KEY },
    answers: {
      201: {
        description: 'The new key. Store it: it cannot be read again.',
        json: { name: 'CreatedApiKey', schema: CREATED_API_KEY },
      },
    },
  }),
  list: get(PATHS.keys.own, {
    access: 'admin',
    summary: 'List API keys',
    query: API_KEYS_QUERY,
    answers: {
      200: {
        description: 'A page of the keys that are not revoked, newest first, without their secrets.',
        json: API_KEYS_JSON,
      },
    },
  }),
  get: get(PATHS.keys.one, {
    access: 'admin',
    summary: 'Get an API key',
    params: PARAMS,
    answers: { 200: { description: 'The key, without its secret.', json: { name: 'ApiKey', schema: API_KEY } } },
  }),
  revoke: del(PATHS.keys.one, {
    access: 'admin',
    summary: 'Revoke an API key',
    params: PARAMS,
    answers: {
      204: {
        description:
          'The key is revoked on all instances, with all keys that it made and all tokens that were issued for them. Their ' +
          'streams are cut within a minute.',
      },
    },
  }),
};
