import { createHash } from 'node:crypto';
import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { S3Object } from '#lib/source-url.ts';

/** Returns the prefix of a caller's uploads. */
export function ownPrefix(subject: string): string {
  return `uploads/${ownerSegment(subject)}/`;
}

/** Returns the segment of a key that stands for a subject, whatever its characters and length. */
export function ownerSegment(subject: string): string {
  // A hashed segment starts with a character that no plain one starts with.
  return PLAIN.test(subject) ? subject : `~${createHash('sha256').update(subject).digest('base64url')}`;
}

const PLAIN = /^[a-z\d][\w-]{0,63}$/i;

/** Returns whether the object is an upload of the subject. */
export function isOwn(key: string, subject: string): boolean {
  const prefix = ownPrefix(subject);
  // A server that stores objects as files would resolve an empty or dotted segment to another folder.
  return key.startsWith(prefix) && key.split('/').every((segment) => segment !== '' && !/^\.{1,2}$/.test(segment));
}

type Reader = { readonly ownBucket: string | undefined; readonly caller: Caller | undefined };

/** Throws SOURCE_FORBIDDEN for another caller's upload, existing or not. Callers of an open service may read all. */
export function requireReadable({ bucket, key }: S3Object, { ownBucket, caller }: Reader): void {
  if (bucket !== ownBucket || caller === undefined || caller.via === 'open' || isOwn(key, caller.subject)) return;
  throw new AppError('SOURCE_FORBIDDEN', {}, { message: 'in this bucket, you can read only your own uploads' });
}
