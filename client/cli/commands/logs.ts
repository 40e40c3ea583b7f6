import { setTimeout as delay } from 'node:timers/promises';
import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import type { Filters } from '#lib/playback/settings.ts';
import type { RestartPolicy } from '#lib/work/restart-policy.ts';
import { followEvents } from '../../service/follow-events.ts';
import type { ServerEvent } from '../../service/server-events.ts';
import type { TranscodePage, TranscodeRecord } from '../../service/transcode-record.ts';
import type { Command, Run } from '../arguments/command.ts';
import { CONNECTION_OPTIONS, type Connection, connect } from '../connection.ts';
import { recordLine } from '../output/record-line.ts';
import { clock, filtersInWords } from '../output/words.ts';

/** `ffn logs [ID]`. */
export const logs: Command = {
  usage: '[ID]',
  help: 'Follow a transcode until it ends, or all transcodes',
  notes: 'Without ID, it follows all transcodes until Ctrl-C.',
  examples: ['', '0195f3a2-7c1e-7d44-9d52-5f0c8e7b1a36 --json'],
  takes: [0, 1],
  options: CONNECTION_OPTIONS,
  async run(run) {
    using connection = connect(run);
    const [id] = run.positionals;
    if (id === undefined) await followAll(run, connection);
    else await follow(id, run, connection);
  },
};

const POLL_EVERY_MS = 1_000;

const RESTART: RestartPolicy = { delaysMs: [POLL_EVERY_MS], maxFailures: 5 };

/** Follows the events of a transcode; polls its record if the service has no events, which need a database. */
async function follow(id: string, run: Run, connection: Connection): Promise<void> {
  const { signal } = run;
  try {
    for await (const event of followEvents(
      connection.calls,
      { name: 'transcodes', path: PATHS.transcodes.events, id },
      { signal, isFinal, restart: RESTART },
    ))
      print(event, run);
  } catch (error) {
    if (!hasNoStore(error)) throw error;
    await poll(id, run, connection);
  }
}

function isFinal(error: unknown): boolean {
  return hasNoStore(error) || (error instanceof AppError && !error.recoverable);
}

function hasNoStore(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UNAVAILABLE' && error.details['part'] === 'store';
}

/** Polls the record and prints events derived from it. */
async function poll(id: string, run: Run, { calls }: Connection): Promise<void> {
  for (let seen = ''; ; ) {
    const record = await calls.request<TranscodeRecord>('transcodes', {
      path: PATHS.transcodes.one,
      id,
      signal: run.signal,
    });
    const { state, progress, filters } = record;
    const filtersNow = JSON.stringify(filters);
    if (seen !== '' && seen !== filtersNow) print({ id: '', event: 'filters', data: { filters } }, run);
    seen = filtersNow;
    if (record.ended_at !== null) {
      print({ id: '', event: 'end', data: record }, run);
      return;
    }
    print({ id: '', event: 'progress', data: { state, ...progress } }, run);
    await delay(POLL_EVERY_MS, undefined, { signal: run.signal });
  }
}

async function followAll(run: Run, { calls }: Connection): Promise<void> {
  const seen = new Map<string, string>();
  for (;;) {
    const { items } = await calls.request<TranscodePage>('transcodes', { query: { limit: '100' }, signal: run.signal });
    for (const record of items.toReversed()) {
      const now = [record.state, JSON.stringify(record.filters)].join();
      if (seen.get(record.id) !== now) run.report.result({ event: 'transcode', ...record }, recordLine(record));
      seen.set(record.id, now);
    }
    await delay(POLL_EVERY_MS, undefined, { signal: run.signal });
  }
}

function print({ event, data }: ServerEvent, { report }: Run): void {
  report.result({ event, ...(data as object) }, WORDS[event]?.(data as never) ?? event);
}

const WORDS: Readonly<Record<string, (data: never) => string>> = {
  progress: ({ state, position_seconds, percent }: TranscodeRecord['progress'] & { state: string }) =>
    `${clock(position_seconds)}  ${state}${percent === null ? '' : `  ${percent.toFixed(0)} %`}`,
  filters: ({ filters }: { filters: Filters }) => filtersInWords(filters),
  end: recordLine,
};
