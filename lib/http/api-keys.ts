import { z } from 'zod';
import { SCOPES } from '#lib/identity/caller.ts';
import type { KeyPage, KeyRecord } from '#lib/identity/keys/key-store.ts';
import { isSubject } from '#lib/identity/subject.ts';

const LONGEST_NAME = 200;
const LONGEST_DAYS = 36_500;

/** The body of `POST /api/keys`. */
export const NEW_API_KEY = z.strictObject({
  name: z.string().trim().min(1).max(LONGEST_NAME).refine(isSubject, 'name must be printable text'),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  subject: z
    .string()
    .refine(isSubject, 'subject must be printable text of at most 255 characters')
    .optional()
    .meta({ description: 'Whose rows the key works on; the key’s own id when absent.' }),
  expires_in_days: z.number().positive().max(LONGEST_DAYS).optional().meta({ description: 'Never when absent.' }),
});

/** A key, without what is secret of it. */
export const API_KEY = z.strictObject({
  id: z.string(),
  name: z.string(),
  subject: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
});

export const CREATED_API_KEY = API_KEY.extend({
  key: z.string().meta({ description: 'Shown here only: nobody can tell it later.' }),
});

export const API_KEYS = z.strictObject({ keys: z.array(API_KEY), next_cursor: z.string().nullable() });

export const API_KEYS_QUERY = z.strictObject({
  cursor: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'cursor must be the next_cursor of the page before')
    .optional(),
});

export function apiKeyAnswer({ id, name, subject, scopes, createdAt, expiresAt }: KeyRecord): z.output<typeof API_KEY> {
  return {
    id,
    name,
    subject,
    scopes: [...scopes],
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
  };
}

export function apiKeysAnswer({ keys, nextCursor }: KeyPage): z.output<typeof API_KEYS> {
  return { keys: keys.map(apiKeyAnswer), next_cursor: nextCursor };
}
