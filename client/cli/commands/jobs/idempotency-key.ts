import type { JobRequest } from '../../../service/job-request.ts';
import { textOf, type Values } from '../../arguments/command.ts';
import { usageError } from '../../exit-codes.ts';
import { namesFiles } from '../../source/job-inputs.ts';

/** Returns the key of --key, if there is one. Throws a usage error for a request with files of this machine. */
export function keyOf(values: Values, request: JobRequest): { readonly idempotencyKey?: string } {
  const key = textOf(values, 'key');
  if (key === undefined) return {};
  if (!namesFiles(request)) return { idempotencyKey: key };
  throw usageError(
    '--key needs inputs that are URLs: a file gets a new URL with each upload, which makes another request',
  );
}
