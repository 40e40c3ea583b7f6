import type { TranscodeRecord } from '../../service/transcode-record.ts';
import { clock, filtersInWords } from './words.ts';

/** Returns a record as a line of a table. */
export function recordLine({ id, state, output_format, progress, filters, error }: TranscodeRecord): string {
  const { position_seconds, percent } = progress;
  const share = percent === null ? '' : `${percent.toFixed(0)} %`;
  const why = error === null ? filtersInWords(filters) : `${error.code}: ${error.message}`;
  return row([id, state, output_format, clock(position_seconds), share, why]);
}

type Cells = readonly [id: string, state: string, format: string, position: string, share: string, rest: string];

function row([id, state, format, position, share, rest]: Cells): string {
  const cells = [id.padEnd(36), state.padEnd(9), format.padEnd(6), position.padStart(8), share.padStart(5), rest];
  return cells.join('  ');
}

/** The header of a table of records. */
export const RECORD_HEADER: string = row(['ID', 'STATE', 'FORMAT', 'POSITION', 'DONE', 'FILTERS OR ERROR']);
