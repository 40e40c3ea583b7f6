import type { TranscodeRecord } from '../../service/transcode-record.ts';
import { clock, filtersInWords } from './words.ts';

/** Returns a record as a line of a table. */
export function recordLine({ id, state, output_format, progress, filters, error }: TranscodeRecord): string {
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
