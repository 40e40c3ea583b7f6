import type { Context } from 'aws-lambda';
import { services } from '#lib/function-process.ts';

/** `jobs` starts it for each new job, and the platform on a schedule: runs the waiting jobs that fit into a function. */
export const handler = (
  { source }: { readonly source?: unknown },
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) =>
  services.jobWorker.run({
    isScheduled: source === 'aws.events',
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
