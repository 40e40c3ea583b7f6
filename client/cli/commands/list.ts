import type { TranscodePage } from '../../service/transcode-record.ts';
import { type Command, textOf } from '../arguments/command.ts';
import { CONNECTION_OPTIONS, connect } from '../connection.ts';
import { recordLine } from '../output/record-line.ts';

/** `ffn list`. */
export const list: Command = {
  usage: '',
  help: 'What plays and what has played, newest first.',
  takes: [0, 0],
  options: {
    state: { type: 'string', value: 'NAME', help: 'active, or one state: streaming, completed, failed, cancelled …' },
    limit: { type: 'string', value: 'N', help: '1 to 100; 20' },
    cursor: { type: 'string', value: 'CURSOR', help: 'the next_cursor of the page before' },
    ...CONNECTION_OPTIONS,
  },
  async run(run) {
    using connection = connect(run);
    const fields = ['state', 'limit', 'cursor'].flatMap((name): [string, string][] => {
      const value = textOf(run.values, name);
      return value === undefined ? [] : [[name, value]];
    });
    const query = Object.fromEntries(fields);
    const page = await connection.calls.request<TranscodePage>('transcodes', { query, signal: run.signal });
    const lines = page.items.map(recordLine);
    run.report.result(page, lines.length === 0 ? 'nothing has been played' : lines.join('\n'));
  },
};
