import type { TranscodePage } from '../../service/transcode-record.ts';
import { type Command, textOf } from '../arguments/command.ts';
import { CONNECTION_OPTIONS, connect } from '../connection.ts';
import { RECORD_HEADER, recordLine } from '../output/record-line.ts';

/** `ffn list`. */
export const list: Command = {
  usage: '',
  help: 'List current and past transcodes, newest first',
  notes: 'With --json, it prints the page as one object: {"items": […], "next_cursor": …}.',
  examples: ['', '--state active', '--limit 100 --json'],
  takes: [0, 0],
  options: {
    state: { type: 'string', value: 'NAME', help: 'active, or one state: streaming, completed, failed, cancelled, …' },
    limit: { type: 'string', value: 'N', help: 'number of transcodes, 1 to 100 (default 20)' },
    cursor: { type: 'string', value: 'CURSOR', help: 'continue after a page: its next_cursor' },
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
    run.report.result(page, lines.length === 0 ? 'no transcodes' : [RECORD_HEADER, ...lines]);
    if (page.next_cursor !== null && !run.report.isJson)
      run.report.event('more', {}, `more: --cursor ${page.next_cursor}`);
  },
};
