import { type Command, textOf } from './command.ts';
import { CONNECTION_OPTIONS, connect } from './connection.ts';
import type { TranscodeRecord } from './record.ts';
import { clock, filtersInWords } from './words.ts';

export type TranscodePage = { readonly items: readonly TranscodeRecord[]; readonly next_cursor: string | null };

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
    const asked = ['state', 'limit', 'cursor'].flatMap((name): [string, string][] => {
      const value = textOf(run.values, name);
      return value === undefined ? [] : [[name, value]];
    });
    const query = Object.fromEntries(asked);
    const page = await connection.calls.ask<TranscodePage>('transcodes', { query, signal: run.signal });
    const lines = page.items.map(inOneLine);
    run.report.result(page, lines.length === 0 ? 'nothing has been played' : lines.join('\n'));
  },
};

/** A record as a line of a table. */
export function inOneLine({ id, state, output_format, progress, filters, error }: TranscodeRecord): string {
  const { position_seconds, percent } = progress;
  const share = percent === null ? '' : `${percent.toFixed(0)} %`;
  const why = error === null ? filtersInWords(filters) : `${error.code}: ${error.message}`;
  return [
    id,
    state.padEnd(9),
    output_format.padEnd(4),
    clock(position_seconds).padStart(7),
    share.padStart(5),
    why,
  ].join('  ');
}
