import { createHash } from 'node:crypto';
import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { S3Object } from '#lib/source-url.ts';

/** Where a caller's uploads are: one segment of a key for each subject, whatever its signs and length. */
export function ownPrefix(subject: string): string {
  // What is hashed begins with a sign that nothing else begins with.
  const segment = PLAIN.test(subject) ? subject : `~${createHash('sha256').update(subject).digest('base64url')}`;
  return `uploads/${segment}/`;
}

const PLAIN = /^[a-z\d][\w-]{0,63}$/i;

/** Whether the object was uploaded by the subject. */
export function isOwn(key: string, subject: string): boolean {
  const prefix = ownPrefix(subject);
  // A server that keeps objects as files would take an empty or dotted segment for another folder.
  return key.startsWith(prefix) && key.split('/').every((segment) => segment !== '' && !/^\.{1,2}$/.test(segment));
}

type Reader = { readonly ownBucket: string | undefined; readonly caller: Caller | undefined };

/** Throws SOURCE_FORBIDDEN for another caller's upload, existing or not; undefined is a caller of an open service. */
export function requireReadable({ bucket, key }: S3Object, { ownBucket, caller }: Reader): void {
  if (bucket !== ownBucket || caller === undefined || caller.via === 'open' || isOwn(key, caller.subject)) return;
  throw new AppError('SOURCE_FORBIDDEN', {}, { message: 'in this bucket only your own uploads are open to you' });
}
