import { AppError } from '#lib/errors.ts';
import type { Command } from '../arguments/command.ts';
import { CONNECTION_OPTIONS, connect } from '../connection.ts';

type Check = { readonly status: string };
type Health = {
  readonly status: string;
  readonly checks?: Readonly<Record<string, Check | Readonly<Record<string, Check>>>>;
};

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
    const parts = Object.entries(answer.checks ?? {}).flatMap(([name, check]) => linesOf(name, check));
    run.report.result(answer, [`${connection.url} is ${answer.status}`, ...parts]);
    if (answer.status === 'unhealthy')
      throw new AppError('UNAVAILABLE', { part: 'service' }, { message: 'the service is unhealthy' });
  },
};

/** A check, or several checks of one kind, such as those of runners. */
function linesOf(name: string, check: Check | Readonly<Record<string, Check>>): string[] {
  if (isCheck(check)) return [`  ${name.padEnd(12)} ${check.status}`];
  return Object.entries(check).flatMap(([kind, each]) => linesOf(`${name}.${kind}`, each));
}

function isCheck(check: Check | Readonly<Record<string, Check>>): check is Check {
  return typeof check['status'] === 'string';
}
