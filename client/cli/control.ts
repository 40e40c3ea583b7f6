import { PATHS } from '#lib/api/paths.ts';
import type { Command } from './command.ts';
import { argumentOf } from './command.ts';
import { CONNECTION_OPTIONS, connect } from './connection.ts';
import { usageError } from './exit-codes.ts';
import type { TranscodeRecord } from './record.ts';
import { FILTER_OPTIONS, filtersOf } from './request-options.ts';
import { filtersInWords } from './words.ts';

const FILTERS = Object.keys(FILTER_OPTIONS)
  .map((name) => `--${name}`)
  .join(', ');

/** `ffn set ID --speed 1.5`. */
export const set: Command = {
  usage: 'ID --speed 1.5',
  help: 'Changes a live transcode while it plays.',
  takes: [1, 1],
  options: { ...FILTER_OPTIONS, ...CONNECTION_OPTIONS },
  async run(run) {
    const patch = filtersOf(run.values);
    if (Object.keys(patch).length === 0) throw usageError(`nothing is to be changed: ${FILTERS}`);
    const id = argumentOf(run);
    using connection = connect(run);
    const change = await connection.client.setFilters(id, patch);
    const { filters, applied_at_sample: sample } = change;
    run.report.result({ id, ...change }, `${id}: ${filtersInWords(filters)} from sample ${sample} on`);
  },
};

/** `ffn stop ID`. What has ended need not be stopped: that is told, and no error. */
export const stop: Command = {
  usage: 'ID',
  help: 'Ends a transcode.',
  takes: [1, 1],
  options: CONNECTION_OPTIONS,
  async run(run) {
    const id = argumentOf(run);
    using connection = connect(run);
    const call = { path: PATHS.transcodes.one, id, signal: run.signal };
    const { state, ended_at } = await connection.calls.ask<TranscodeRecord>('transcodes', call);
    if (ended_at !== null) {
      run.report.result({ id, stopped: false, state }, `${id} had ended (${state})`);
      return;
    }
    await connection.client.stop(id);
    run.report.result({ id, stopped: true }, `${id} is stopped`);
  },
};
