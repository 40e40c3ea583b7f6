import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { JobCheck } from '../../../service/job-record.ts';
import type { JobRequest } from '../../../service/job-request.ts';
import { argumentOf, type Run, textOf } from '../../arguments/command.ts';
import { connect } from '../../connection.ts';
import { CliError, usageError } from '../../exit-codes.ts';
import { jobLines } from '../../output/job-line.ts';
import { namesFiles, withUploads } from '../../source/job-inputs.ts';
import { errorOf, follow } from './follow.ts';
import { download } from './get.ts';

export async function submit(run: Run): Promise<void> {
  const { values, report, signal } = run;
  const file = argumentOf(run);
  const output = textOf(values, 'output');
  if (output !== undefined && values['wait'] !== true) throw usageError('-o needs --wait');
  const read = await requestIn(file);
  if (output !== undefined && isSentElsewhere(read, textOf(values, 'name')))
    throw usageError('-o cannot have a file that the request sends to a destination');
  const key = textOf(values, 'key');
  if (key !== undefined && namesFiles(read)) {
    throw usageError(
      '--key needs inputs that are URLs: a file gets a new URL with each upload, which makes another request',
    );
  }
  using connection = connect(run);
  const { jobs } = connection.client;
  const request = await withUploads(read, { folder: file, calls: connection.calls, signal });
  if (values['dry-run'] === true) {
    const check = await jobs.check(request, { signal });
    report.result(check, checkLines(check));
    if (check.error !== null) throw errorOf(check.error);
    return;
  }
  const submitted = await jobs.submit(request, { signal, ...(key === undefined ? {} : { idempotencyKey: key }) });
  if (values['wait'] !== true) {
    report.result(submitted, jobLines(submitted));
    return;
  }
  report.event('submitted', { id: submitted.id }, `job ${submitted.id}`);
  const ended = await follow(submitted, jobs, run);
  if (output !== undefined) await download(ended, output, run);
  else report.result(ended, jobLines(ended));
}

/** Returns whether the file to download has a destination of its own. */
function isSentElsewhere({ output, outputs }: JobRequest, name: string | undefined): boolean {
  const all = output === undefined ? (outputs ?? []) : [output];
  const chosen = all.length === 1 ? all[0] : all.find((each) => each.name === name);
  return chosen?.destination !== undefined;
}

async function requestIn(file: string): Promise<JobRequest> {
  const name = file === '-' ? 'standard input' : file;
  const written = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((cause: unknown) => {
    throw new CliError('local', `${name} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  });
  try {
    return JSON.parse(written);
  } catch (cause) {
    throw usageError(`${name} is not JSON: ${(cause as Error).message}`);
  }
}

function checkLines({ valid, warnings, plan, plan_missing_because: why }: JobCheck): string[] {
  return [
    valid ? 'the request is valid' : 'the request is not valid',
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(plan === null ? [`no plan: ${why}`] : [`plan: ${JSON.stringify(plan)}`]),
  ];
}
