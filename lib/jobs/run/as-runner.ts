import type { Caller } from '#lib/identity/caller.ts';

/**
 * Returns the caller as whom a runner reads the sources of a job. In the service's bucket these must be uploads of the
 * job's owner, however the job was submitted.
 */
export function asRunner({ subject }: Pick<Caller, 'subject'>): Caller {
  return { subject, scopes: ['jobs'], via: 'token' };
}
