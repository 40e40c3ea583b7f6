import type { ServiceUsage } from '../../client.ts';
import type { Command } from '../arguments/command.ts';
import { CONNECTION_OPTIONS, connect } from '../connection.ts';

/** `ffn usage`. */
export const usage: Command = {
  usage: '',
  help: 'Show what you use of each budget of the service',
  examples: ['', '--json'],
  takes: [0, 0],
  options: CONNECTION_OPTIONS,
  async run(run) {
    using connection = connect(run);
    const answer = await connection.client.usage();
    run.report.result(answer, Object.entries(answer).map(lineOf));
  },
};

function lineOf([name, { used, limit, unit }]: [string, ServiceUsage[string]]): string {
  const most = limit === null ? '' : ` of ${limit}`;
  return `${name.padEnd(22)} ${used}${most}${unit === 'count' ? '' : ` ${unit}`}`;
}
