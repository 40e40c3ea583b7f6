import { z } from 'zod';
import { del, get, post } from '#lib/http/route-entry.ts';
import { SCOPES } from '#lib/identity/caller.ts';
import { isSubject } from '#lib/identity/subject.ts';
import { PATHS } from './paths.ts';

const LONGEST_NAME = 200;
const LONGEST_DAYS = 36_500;

const NEW_API_KEY = z.strictObject({
  name: z.string().trim().min(1).max(LONGEST_NAME).refine(isSubject, 'name must be printable text'),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  subject: z
    .string()
    .refine(isSubject, 'subject must be printable text of at most 255 characters')
    .optional()
    .meta({ description: 'Whose rows the key works on; the key’s own id when absent.' }),
  expires_in_days: z.number().positive().max(LONGEST_DAYS).optional().meta({ description: 'Never when absent.' }),
});

/** A key without its secret. */
const API_KEY = z.strictObject({
  id: z.string(),
  name: z.string(),
  subject: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
});

export type ApiKey = z.output<typeof API_KEY>;

const CREATED_API_KEY = API_KEY.extend({ key: z.string().meta({ description: 'Shown only here, this once.' }) });

const API_KEYS = z.strictObject({ keys: z.array(API_KEY), next_cursor: z.string().nullable() });
const API_KEYS_JSON = { name: 'ApiKeys', schema: API_KEYS };

const API_KEYS_QUERY = z.strictObject({
  cursor: z
    .string()
    // A refinement, since the document is not to say how a cursor is written.
    .refine((text) => /^[0-9a-f]{16}$/.test(text), 'cursor must be the next_cursor of the page before')
    .optional()
    .meta({ description: '`next_cursor` of the page before.' }),
});

const PARAMS = { id: 'The part of the key between `ffk_` and the next `_`.' };

export const KEYS_ROUTES = {
  create: post(PATHS.keys.own, {
    access: 'admin',
    summary: 'Makes an API key, and shows it this once.',
    body: { name: 'NewApiKey', schema: NEW_API_KEY },
    answers: { 201: { description: 'The key.', json: { name: 'CreatedApiKey', schema: CREATED_API_KEY } } },
  }),
  list: get(PATHS.keys.own, {
    access: 'admin',
    summary: 'The API keys that have not been revoked, newest first.',
    query: API_KEYS_QUERY,
    answers: { 200: { description: 'A page of them; never the keys themselves.', json: API_KEYS_JSON } },
  }),
  get: get(PATHS.keys.one, {
    access: 'admin',
    summary: 'One API key; never the key itself.',
    params: PARAMS,
    answers: { 200: { description: 'What it is.', json: { name: 'ApiKey', schema: API_KEY } } },
  }),
  revoke: del(PATHS.keys.one, {
    access: 'admin',
    summary: 'Revokes an API key, everywhere and at once. Tokens that it got stay valid until they expire.',
    params: PARAMS,
    answers: { 204: { description: 'It opens nothing any more.' } },
  }),
};
