import { argumentOf, type Command } from '../arguments/command.ts';
import { FILTER_OPTIONS, filtersOf } from '../arguments/request-options.ts';
import { CONNECTION_OPTIONS, connect } from '../connection.ts';
import { usageError } from '../exit-codes.ts';
import { filtersInWords } from '../output/words.ts';

const FILTERS = Object.keys(FILTER_OPTIONS)
  .map((name) => `--${name}`)
  .join(', ');

/** `ffn set ID --speed 1.5`. */
export const set: Command = {
  usage: 'ID',
  help: 'Change the filters of a live transcode',
  notes: 'At least one filter option is required. The other filters stay as they are.',
  examples: [
    '0195f3a2-7c1e-7d44-9d52-5f0c8e7b1a36 --speed 1.5',
    '0195f3a2-7c1e-7d44-9d52-5f0c8e7b1a36 --eq voice --volume 0.8',
  ],
  takes: [1, 1],
  options: { ...FILTER_OPTIONS, ...CONNECTION_OPTIONS },
  async run(run) {
    const patch = filtersOf(run.values);
    if (Object.keys(patch).length === 0) throw usageError(`nothing to change: use one or more of ${FILTERS}`);
    const id = argumentOf(run);
    using connection = connect(run);
    const change = await connection.client.setFilters(id, patch);
    const { filters, applied_at_sample: sample } = change;
    run.report.result({ id, ...change }, `${id}: ${filtersInWords(filters)}, from sample ${sample}`);
  },
};
