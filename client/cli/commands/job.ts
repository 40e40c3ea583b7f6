import type { Command, Run } from '../arguments/command.ts';
import { CONNECTION_OPTIONS } from '../connection.ts';
import { usageError } from '../exit-codes.ts';
import { cancel, list, logs, retry, show } from './jobs/control.ts';
import { getFile } from './jobs/get.ts';
import { submit } from './jobs/submit.ts';

type Action = { readonly usage: string; readonly help: string; readonly run: (run: Run) => Promise<void> };

const ACTIONS: Readonly<Record<string, Action>> = {
  submit: {
    usage: 'submit SPEC.json',
    help: 'queue the job that a file describes; - reads standard input',
    run: submit,
  },
  list: { usage: 'list', help: 'list jobs, newest first', run: list },
  show: { usage: 'show ID', help: 'show a job; with --wait, follow it until it ends', run: show },
  cancel: { usage: 'cancel ID', help: 'cancel a job', run: cancel },
  retry: { usage: 'retry ID', help: 'queue a failed or cancelled job again', run: retry },
  logs: { usage: 'logs ID', help: 'print what ffmpeg printed; with --command, its command lines', run: logs },
  get: { usage: 'get ID -o OUTPUT', help: 'download a file of a completed job', run: getFile },
};

/** `ffn job ACTION`. */
export const job: Command = {
  usage: 'ACTION [SPEC|ID]',
  help: 'Submit, follow and control video jobs',
  notes: `actions:
${Object.values(ACTIONS)
  .map(({ usage, help }) => `  ${usage.padEnd(24)} ${help}`)
  .join('\n')}

In SPEC.json, an input may be a file of this machine, such as "./a.mp4": it is uploaded.`,
  examples: [
    'submit film.json --wait -o film.mp4',
    'list --status active',
    'get 0195f3a2-7c1e-7d44-9d52-5f0c8e7b1a36 -o film.mp4',
  ],
  takes: [1, 2],
  options: {
    wait: { type: 'boolean', help: 'submit, show, retry: follow the job until it ends' },
    'dry-run': { type: 'boolean', help: 'submit: check the request, but queue nothing' },
    key: { type: 'string', value: 'KEY', help: 'submit: Idempotency-Key (default: a random one)' },
    output: {
      type: 'string',
      short: 'o',
      value: 'OUTPUT',
      help: 'submit --wait, get: the file to write; - for standard output',
    },
    name: { type: 'string', value: 'NAME', help: 'submit --wait, get: which output, if there are several' },
    command: { type: 'boolean', help: 'logs: print the command lines of ffmpeg' },
    status: {
      type: 'string',
      value: 'NAME',
      help: 'list: active, pending, processing, completed, failed or cancelled',
    },
    limit: { type: 'string', value: 'N', help: 'list: number of jobs, 1 to 100 (default 20)' },
    cursor: { type: 'string', value: 'CURSOR', help: 'list: continue after a page: its next_cursor' },
    ...CONNECTION_OPTIONS,
  },
  async run(run) {
    const [name = '', ...positionals] = run.positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) throw usageError(`unknown action "${name}"; see ffn job --help`);
    const takes = action.usage.split(' ')[1] === undefined ? 0 : 1;
    if (positionals.length !== takes) throw usageError(`usage: ffn job ${action.usage}`);
    await action.run({ ...run, positionals });
  },
};
