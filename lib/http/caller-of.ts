import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { HttpEvent } from './event.ts';

/** Who asks, on routes that are not public. Throws UNAUTHENTICATED on those that are. */
export function callerOf({ caller }: Pick<HttpEvent, 'caller'>): Caller {
  if (caller === undefined) throw new AppError('UNAUTHENTICATED');
  return caller;
}
