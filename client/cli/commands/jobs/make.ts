import { AppError } from '#lib/errors.ts';
import { JOB_SPEC } from '#lib/jobs/spec/spec.ts';
import { validate } from '#lib/validation.ts';
import type { JobRecord } from '../../../service/job-record.ts';
import type { JobRequest } from '../../../service/job-request.ts';
import { numberOf, type Run, textOf } from '../../arguments/command.ts';
import { isPackage } from '../../arguments/job-format.ts';
import { connect } from '../../connection.ts';
import { usageError } from '../../exit-codes.ts';
import { checkOutput, isStandardOutput } from '../../output/output-file.ts';
import { checkFolder } from '../../output/package-folder.ts';
import { createUploadBar } from '../../output/upload-bar.ts';
import { withUploads } from '../../source/job-inputs.ts';
import type { NamedInputs } from '../../source/named-inputs.ts';
import { check } from './check.ts';
import { follow } from './follow.ts';
import { type DownloadOptions, download } from './get.ts';
import { keyOf } from './idempotency-key.ts';

/** A job that an action makes from its arguments. */
export type Made = {
  readonly inputs: NamedInputs;
  /** The inputs that are files have their paths. */
  readonly request: JobRequest;
};

/**
 * Makes the file of an action: uploads the inputs, submits the job, follows it and downloads its file. What can be checked
 * without the service is checked before the first upload. Errors name the arguments.
 */
export async function make(run: Run, { inputs, request }: Made): Promise<void> {
  const { values, report, signal } = run;
  const output = textOf(values, 'output');
  const waits = values['no-wait'] !== true && values['dry-run'] !== true;
  if (waits) checkPlace(required(output), request);
  const complete = { ...request, ...commonFields(run) };
  const key = keyOf(values, complete);
  try {
    validate(JOB_SPEC, complete);
    using connection = connect(run);
    const { jobs } = connection.client;
    const watch = waits || !report.isJson ? createUploadBar(process.stderr, report) : undefined;
    const uploaded = await withUploads(complete, { folder: '-', calls: connection.calls, signal, watch });
    if (values['dry-run'] === true) {
      await check(uploaded, jobs, run, inputs.inWords);
      return;
    }
    const submitted = await jobs.submit(uploaded, { signal, ...key });
    if (!waits) {
      report.result(submitted, submitted.id);
      return;
    }
    await finish(submitted, { run, connection, output: required(output), inputs });
  } catch (error) {
    throw error instanceof AppError ? inputs.named(error) : error;
  }
}

function required(output: string | undefined): string {
  if (output === undefined || output === '') throw usageError('-o OUTPUT is missing');
  return output;
}

function commonFields({ values }: Run): Pick<JobRequest, 'priority' | 'on_damage'> {
  const priority = numberOf(values, 'priority');
  const on_damage = textOf(values, 'on-damage') as JobRequest['on_damage'];
  return { ...(priority !== undefined && { priority }), ...(on_damage !== undefined && { on_damage }) };
}

/** Throws the error of a place that cannot hold the output of the request. */
function checkPlace(place: string, { output }: JobRequest): void {
  if (!isPackage(output?.format ?? '')) checkOutput(place);
  else if (isStandardOutput(place)) throw usageError('a package is several files: -o takes a folder');
  else checkFolder(place);
}

type Finish = DownloadOptions & { readonly output: string; readonly inputs: NamedInputs };

/** Follows a job and downloads its file. A job that goes on after a failure of this program is not lost: says how to get it. */
async function finish(submitted: JobRecord, { output, inputs, ...options }: Finish): Promise<void> {
  const { run, connection } = options;
  const { report } = run;
  const { id } = submitted;
  report.event('submitted', { id }, `job ${id}`);
  let hint = `job ${id} goes on: "ffn job show ${id} --wait" follows it, "ffn job cancel ${id}" cancels it`;
  try {
    const ended = await follow(submitted, connection.client.jobs, run);
    for (const warning of ended.warnings) report.warn({ id }, inputs.inWords(warning));
    hint = `job ${id} is completed: "ffn job get ${id} -o OUTPUT" downloads its file`;
    await download(ended, output, options);
  } catch (error) {
    // The error of the job itself has its id.
    if (!(error instanceof AppError && error.details['id'] === id)) report.event('left', { id }, hint);
    throw error;
  }
}
