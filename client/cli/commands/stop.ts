import { PATHS } from '#lib/api/paths.ts';
import type { TranscodeRecord } from '../../service/transcode-record.ts';
import { argumentOf, type Command } from '../arguments/command.ts';
import { CONNECTION_OPTIONS, connect } from '../connection.ts';

/** `ffn stop ID`. A transcode that has already ended is not an error. */
export const stop: Command = {
  usage: 'ID',
  help: 'Stop a transcode',
  examples: ['0195f3a2-7c1e-7d44-9d52-5f0c8e7b1a36'],
  takes: [1, 1],
  options: CONNECTION_OPTIONS,
  async run(run) {
    const id = argumentOf(run);
    using connection = connect(run);
    const call = { path: PATHS.transcodes.one, id, signal: run.signal };
    const { state, ended_at } = await connection.calls.request<TranscodeRecord>('transcodes', call);
    if (ended_at !== null) {
      run.report.result({ id, stopped: false, state }, `${id} had already ended (${state})`);
      return;
    }
    await connection.client.stop(id);
    run.report.result({ id, stopped: true }, `${id} stopped`);
  },
};
