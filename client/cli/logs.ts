import { setTimeout as delay } from 'node:timers/promises';
import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import type { Filters } from '#lib/playback/settings.ts';
import { type ServerEvent, serverEvents } from '../server-events.ts';
import type { Call } from '../service-calls.ts';
import type { Command, Run } from './command.ts';
import { CONNECTION_OPTIONS, type Connection, connect } from './connection.ts';
import { inOneLine, type TranscodePage } from './list.ts';
import type { TranscodeRecord } from './record.ts';
import { clock, filtersInWords } from './words.ts';

/** `ffn logs [ID]`. */
export const logs: Command = {
  usage: '[ID]',
  help: 'Follows a transcode until it has ended; without ID all of them, until Ctrl-C.',
  takes: [0, 1],
  options: CONNECTION_OPTIONS,
  async run(run) {
    using connection = connect(run);
    const [id] = run.positionals;
    if (id === undefined) await followAll(run, connection);
    else await follow(id, run, connection);
  },
};

const LOOK_EVERY_MS = 1_000;

/** By its events; where the service has none, since it has no database, by looking. */
async function follow(id: string, run: Run, connection: Connection): Promise<void> {
  let last = '';
  let failures = 0;
  for (;;) {
    try {
      const query: Call['query'] = last === '' ? {} : { last_event_id: last };
      const { signal } = run;
      const answer = await connection.calls.open('transcodes', { path: PATHS.transcodes.events, id, query, signal });
      // Nothing is left behind the last event.
      if (answer.status === 204) return;
      for await (const event of serverEvents(answer.body ?? new ReadableStream())) {
        failures = 0;
        last = event.id;
        tell(event, run);
        if (event.event === 'end') return;
      }
    } catch (error) {
      run.signal.throwIfAborted();
      if (error instanceof AppError && error.code === 'UNAVAILABLE' && error.details['part'] === 'store') {
        await watch(id, run, connection);
        return;
      }
      if (error instanceof AppError && !error.recoverable) throw error;
      failures += 1;
      if (failures > MOST_FAILURES) throw error;
    }
    await delay(LOOK_EVERY_MS, undefined, { signal: run.signal });
  }
}

const MOST_FAILURES = 5;

/** Events, made of what can be seen. */
async function watch(id: string, run: Run, { calls }: Connection): Promise<void> {
  for (let seen = ''; ; ) {
    const record = await calls.ask<TranscodeRecord>('transcodes', {
      path: PATHS.transcodes.one,
      id,
      signal: run.signal,
    });
    const { state, progress, filters } = record;
    const filtersNow = JSON.stringify(filters);
    if (seen !== '' && seen !== filtersNow) tell({ id: '', event: 'filters', data: { filters } }, run);
    seen = filtersNow;
    if (record.ended_at !== null) {
      tell({ id: '', event: 'end', data: record }, run);
      return;
    }
    tell({ id: '', event: 'progress', data: { state, ...progress } }, run);
    await delay(LOOK_EVERY_MS, undefined, { signal: run.signal });
  }
}

async function followAll(run: Run, { calls }: Connection): Promise<void> {
  const seen = new Map<string, string>();
  for (;;) {
    const { items } = await calls.ask<TranscodePage>('transcodes', { query: { limit: '100' }, signal: run.signal });
    for (const record of items.toReversed()) {
      const now = [record.state, JSON.stringify(record.filters)].join();
      if (seen.get(record.id) !== now) run.report.result({ event: 'transcode', ...record }, inOneLine(record));
      seen.set(record.id, now);
    }
    await delay(LOOK_EVERY_MS, undefined, { signal: run.signal });
  }
}

function tell({ event, data }: ServerEvent, { report }: Run): void {
  report.result({ event, ...(data as object) }, WORDS[event]?.(data as never) ?? event);
}

const WORDS: Readonly<Record<string, (data: never) => string>> = {
  progress: ({ state, position_seconds, percent }: TranscodeRecord['progress'] & { state: string }) =>
    `${clock(position_seconds)}  ${state}${percent === null ? '' : `  ${percent.toFixed(0)} %`}`,
  filters: ({ filters }: { filters: Filters }) => filtersInWords(filters),
  end: inOneLine,
};
