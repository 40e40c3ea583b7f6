import { AppError } from '#lib/errors.ts';
import type { Command } from '../arguments/command.ts';
import { CONNECTION_OPTIONS, connect } from '../connection.ts';

type Health = { readonly status: string; readonly checks?: Readonly<Record<string, { readonly status: string }>> };

/** `ffn health`. */
export const health: Command = {
  usage: '',
  help: 'Show the health of the service and of its parts',
  examples: ['', '--url https://ffmpeg.example.org'],
  takes: [0, 0],
  options: CONNECTION_OPTIONS,
  async run(run) {
    using connection = connect(run);
    const answer = (await connection.client.health()) as Health;
    const parts = Object.entries(answer.checks ?? {}).map(([name, { status }]) => `  ${name.padEnd(12)} ${status}`);
    run.report.result(answer, [`${connection.url} is ${answer.status}`, ...parts]);
    if (answer.status === 'unhealthy')
      throw new AppError('UNAVAILABLE', { part: 'service' }, { message: 'the service is unhealthy' });
  },
};
