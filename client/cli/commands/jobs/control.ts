import type { JobRecord } from '../../../service/job-record.ts';
import { argumentOf, type Run, textOf } from '../../arguments/command.ts';
import { connect } from '../../connection.ts';
import { JOB_HEADER, jobLine, jobLines } from '../../output/job-line.ts';
import { follow } from './follow.ts';

export async function list(run: Run): Promise<void> {
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
}

export async function show(run: Run): Promise<void> {
  using connection = connect(run);
  const { jobs } = connection.client;
  const found = await jobs.get(argumentOf(run), { signal: run.signal });
  print(run.values['wait'] === true ? await follow(found, jobs, run) : found, run);
}

export async function cancel(run: Run): Promise<void> {
  using connection = connect(run);
  print(await connection.client.jobs.cancel(argumentOf(run), { signal: run.signal }), run);
}

export async function retry(run: Run): Promise<void> {
  using connection = connect(run);
  const { jobs } = connection.client;
  const queued = await jobs.retry(argumentOf(run), { signal: run.signal });
  print(run.values['wait'] === true ? await follow(queued, jobs, run) : queued, run);
}

export async function logs(run: Run): Promise<void> {
  using connection = connect(run);
  const part = run.values['command'] === true ? 'command' : 'log';
  const text = await connection.client.jobs.logs(argumentOf(run), { part, signal: run.signal });
  run.report.result({ [part]: text }, text.split('\n').filter(Boolean));
}

function print(job: JobRecord, { report }: Run): void {
  report.result(job, jobLines(job));
}
