import type { JobCheck } from '../../../service/job-record.ts';
import type { JobRequest } from '../../../service/job-request.ts';
import type { Jobs } from '../../../service/jobs.ts';
import type { Run } from '../../arguments/command.ts';
import { errorOf } from './follow.ts';

/**
 * Prints what the service finds in a request, and queues nothing. `inWords` replaces names in the lines. Throws its error
 * when the request is not valid.
 */
export async function check(
  request: JobRequest,
  jobs: Jobs,
  { report, signal }: Run,
  inWords = (text: string) => text,
): Promise<void> {
  const found = await jobs.check(request, { signal });
  report.result(found, checkLines(found).map(inWords));
  if (found.error !== null) throw errorOf(found.error);
}

function checkLines({ valid, warnings, plan, plan_missing_because: why }: JobCheck): string[] {
  return [
    valid ? 'the request is valid' : 'the request is not valid',
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(plan === null ? [`no plan: ${why}`] : [`plan: ${JSON.stringify(plan)}`]),
  ];
}
