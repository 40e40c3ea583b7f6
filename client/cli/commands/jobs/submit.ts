import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { JobRequest } from '../../../service/job-request.ts';
import { argumentOf, type Command, textOf } from '../../arguments/command.ts';
import { CONNECTION_OPTIONS, connect } from '../../connection.ts';
import { CliError, usageError } from '../../exit-codes.ts';
import { jobLines } from '../../output/job-line.ts';
import { withUploads } from '../../source/job-inputs.ts';
import { check } from './check.ts';
import { follow } from './follow.ts';
import { download } from './get.ts';
import { keyOf } from './idempotency-key.ts';

/** `ffn job submit SPEC.json`. */
export const submit: Command = {
  usage: 'SPEC.json',
  help: 'Queue the job that a file describes',
  notes: `SPEC.json is the body of POST /api/jobs, or - for standard input. An input may be a file of this machine, such as
"./a.mp4": it is uploaded.`,
  examples: ['film.json --wait -o film.mp4', 'film.json --dry-run', '- --key order-17 < film.json'],
  takes: [1, 1],
  options: {
    wait: { type: 'boolean', help: 'follow the job until it ends' },
    'dry-run': { type: 'boolean', help: 'upload the inputs and check the request, but queue nothing' },
    key: { type: 'string', value: 'KEY', help: 'Idempotency-Key (default: a random one); all inputs must be URLs' },
    output: {
      type: 'string',
      short: 'o',
      value: 'OUTPUT',
      once: true,
      help: 'with --wait: the file to write, - for standard output; for a package, a folder',
    },
    name: { type: 'string', value: 'NAME', help: 'which output to download, if there are several' },
    ...CONNECTION_OPTIONS,
  },
  async run(run) {
    const { values, report, signal } = run;
    const file = argumentOf(run);
    const output = textOf(values, 'output');
    if (output !== undefined && values['wait'] !== true) throw usageError('-o needs --wait');
    const read = await requestIn(file);
    if (output !== undefined && isSentElsewhere(read, textOf(values, 'name')))
      throw usageError('-o cannot have a file that the request sends to a destination');
    const key = keyOf(values, read);
    using connection = connect(run);
    const { jobs } = connection.client;
    const request = await withUploads(read, { folder: file, calls: connection.calls, signal });
    if (values['dry-run'] === true) {
      await check(request, jobs, run);
      return;
    }
    const submitted = await jobs.submit(request, { signal, ...key });
    if (values['wait'] !== true) {
      report.result(submitted, jobLines(submitted));
      return;
    }
    report.event('submitted', { id: submitted.id }, `job ${submitted.id}`);
    const ended = await follow(submitted, jobs, run);
    if (output !== undefined) await download(ended, output, { run, connection });
    else report.result(ended, jobLines(ended));
  },
};

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
