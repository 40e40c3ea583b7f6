import type { JobRecord } from '../../../service/job-record.ts';
import type { Jobs } from '../../../service/jobs.ts';
import { argumentOf, type Command, type Run, textOf } from '../../arguments/command.ts';
import { CONNECTION_OPTIONS, connect } from '../../connection.ts';
import { JOB_HEADER, jobLine, jobLines } from '../../output/job-line.ts';
import { follow } from './follow.ts';

const ID = '0195f3a2-7c1e-7d44-9d52-5f0c8e7b1a36';
const WAIT_OPTION = { wait: { type: 'boolean', help: 'follow the job until it ends' } } as const;

/** `ffn job list`. */
export const list: Command = {
  usage: '',
  help: 'List jobs, newest first',
  notes: 'With --json, it prints the page as one object: {"items": […], "next_cursor": …}.',
  examples: ['', '--status active', '--limit 100 --json'],
  takes: [0, 0],
  options: {
    status: { type: 'string', value: 'NAME', help: 'active, pending, processing, completed, failed or cancelled' },
    limit: { type: 'string', value: 'N', help: 'number of jobs, 1 to 100 (default 20)' },
    cursor: { type: 'string', value: 'CURSOR', help: 'continue after a page: its next_cursor' },
    ...CONNECTION_OPTIONS,
  },
  async run(run) {
    using connection = connect(run);
    const query = Object.fromEntries(
      ['status', 'limit', 'cursor'].flatMap((name) => {
        const value = textOf(run.values, name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const page = await connection.client.jobs.list(query, { signal: run.signal });
    const lines = page.items.map(jobLine);
    run.report.result(page, lines.length === 0 ? 'no jobs' : [JOB_HEADER, ...lines]);
    if (page.next_cursor !== null && !run.report.isJson) {
      run.report.event('more', {}, `more: --cursor ${page.next_cursor}`);
    }
  },
};

/** `ffn job show ID`. */
export const show: Command = {
  usage: 'ID',
  help: 'Show a job, its files and warnings, and why it failed',
  examples: [ID, `${ID} --wait`],
  takes: [1, 1],
  options: { ...WAIT_OPTION, ...CONNECTION_OPTIONS },
  async run(run) {
    using connection = connect(run);
    const { jobs } = connection.client;
    await printWhenAsked(await jobs.get(argumentOf(run), { signal: run.signal }), jobs, run);
  },
};

/** `ffn job cancel ID`. */
export const cancel: Command = {
  usage: 'ID',
  help: 'Cancel a job',
  examples: [ID],
  takes: [1, 1],
  options: CONNECTION_OPTIONS,
  async run(run) {
    using connection = connect(run);
    print(await connection.client.jobs.cancel(argumentOf(run), { signal: run.signal }), run);
  },
};

/** `ffn job retry ID`. */
export const retry: Command = {
  usage: 'ID',
  help: 'Queue a failed or cancelled job again',
  examples: [ID, `${ID} --wait`],
  takes: [1, 1],
  options: { ...WAIT_OPTION, ...CONNECTION_OPTIONS },
  async run(run) {
    using connection = connect(run);
    const { jobs } = connection.client;
    await printWhenAsked(await jobs.retry(argumentOf(run), { signal: run.signal }), jobs, run);
  },
};

/** `ffn job logs ID`. */
export const logs: Command = {
  usage: 'ID',
  help: 'Print what ffmpeg printed in the last attempt',
  examples: [ID, `${ID} --command`],
  takes: [1, 1],
  options: {
    command: { type: 'boolean', help: 'print the command lines of ffmpeg instead' },
    ...CONNECTION_OPTIONS,
  },
  async run(run) {
    using connection = connect(run);
    const part = run.values['command'] === true ? 'command' : 'log';
    const text = await connection.client.jobs.logs(argumentOf(run), { part, signal: run.signal });
    run.report.result({ [part]: text }, text.split('\n').filter(Boolean));
  },
};

/** Prints a job: with `--wait`, when it has ended. */
async function printWhenAsked(job: JobRecord, jobs: Jobs, run: Run): Promise<void> {
  print(run.values['wait'] === true ? await follow(job, jobs, run) : job, run);
}

function print(job: JobRecord, { report }: Run): void {
  report.result(job, jobLines(job));
}
