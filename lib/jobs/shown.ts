import { redactText } from '#lib/redaction.ts';
import type { StoredOutput } from './attempt.ts';
import type { StoredJob } from './job-store.ts';
import { JOB_RECORD, type JobOutput, type JobRecord } from './record.ts';

/** Returns a URL to GET an output of a job. `key`: that of its object in the service's bucket. */
export type Sign = (key: string, of: { readonly jobId: string; readonly output: StoredOutput }) => Promise<string>;

/** Returns a job as responses contain it: with signed URLs of its files. */
export async function shown({ result: stored, warnings, ...job }: StoredJob, sign: Sign): Promise<JobRecord> {
  const result = isExpired(stored) ? null : stored;
  const outputs: JobOutput[] = [];
  // One after another: signing is work for the event loop.
  for (const output of result?.outputs ?? []) outputs.push(await shownOutput(output, job.id, sign));
  return inOrder({ ...job, warnings: warnings.map(redactText), result: result && { ...result, outputs } });
}

/** The files of an expired result may still exist for a while, and an old event still names them. */
export function isExpired(result: StoredJob['result']): boolean {
  return result !== null && Date.parse(result.expires_at) <= Date.now();
}

/** The database keeps the values of an earlier response, but not the order of its fields. */
function inOrder(job: JobRecord): JobRecord {
  return Object.fromEntries(FIELDS.map((name) => [name, job[name]])) as JobRecord;
}

const FIELDS = Object.keys(JOB_RECORD.shape) as (keyof JobRecord)[];

async function shownOutput(output: StoredOutput, jobId: string, sign: Sign): Promise<JobOutput> {
  const { key, destination, files: _, ...rest } = output;
  return { ...rest, url: key === null ? (destination ?? '') : await sign(key, { jobId, output }) };
}
