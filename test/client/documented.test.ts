import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type {
  AudioStream,
  AudioStreamEvents,
  Client,
  ClientCounters,
  ClientOptions,
  Jobs,
} from '../../client/published.ts';
import { PYTHON, PYTHON_MISSING } from './python/interpreter.ts';

/**
 * The names of the TypeScript client with their names in Python. The compiler reports a name that is missing here or
 * no longer exists, and the tests compare them with the page and with the Python client.
 */
const OPTIONS: Readonly<Record<keyof ClientOptions, readonly string[]>> = {
  baseUrl: ['base_url'],
  urls: ['urls'],
  credentials: ['api_key', 'token'],
  timeouts: ['timeouts'],
  retry: ['retry'],
  breaker: ['breaker'],
  fallback: ['fallback'],
  log: ['log'],
};
/** Options of Python alone. */
const PYTHON_OPTIONS = ['on_event', 'ssl_context'];

const METHODS: Readonly<Record<keyof Client, string>> = {
  transcode: 'transcode',
  playlist: 'playlist',
  setFilters: 'set_filters',
  stop: 'stop',
  health: 'health',
  usage: 'usage',
  probe: 'probe',
  jobs: 'jobs',
  counters: 'counters',
  close: 'close',
};

const JOBS: Readonly<Record<keyof Jobs, string>> = {
  submit: 'submit',
  check: 'check',
  get: 'get',
  list: 'list',
  wait: 'wait',
  cancel: 'cancel',
  retry: 'retry',
  delete: 'delete',
  logs: 'logs',
  result: 'result',
};

const STREAM: Readonly<Record<Exclude<keyof AudioStream, Exclude<keyof Readable, 'read'>>, string>> = {
  id: 'id',
  via: 'via',
  filters: 'filters',
  positionSeconds: 'position_seconds',
  setFilters: 'set_filters',
  events: '',
  read: 'read',
};

type Fields<Name extends keyof AudioStreamEvents> = Exclude<keyof AudioStreamEvents[Name][0], 'type'>;
type Event<Name extends keyof AudioStreamEvents> = {
  readonly python: string;
  readonly fields: Readonly<Record<Fields<Name>, true>>;
};

const EVENTS: { readonly [Name in keyof AudioStreamEvents]: Event<Name> } = {
  leg: { python: 'LegEvent', fields: { via: true, id: true, isResumed: true, positionSeconds: true } },
  broken: {
    python: 'BrokenEvent',
    fields: { via: true, opening: true, worked: true, error: true, positionSeconds: true },
  },
  track: { python: 'TrackEvent', fields: { index: true, item: true } },
  skipped: { python: 'SkippedEvent', fields: { index: true, item: true, error: true } },
};

const COUNTERS: Readonly<Record<keyof ClientCounters, true>> = {
  streams: true,
  fallbacks: true,
  resumes: true,
  failures: true,
};

const PAGE = readFileSync(new URL('../../docs/reference/client.md', import.meta.url), 'utf8');

/** Returns the cells of the table whose header begins with these words. */
function table(header: string): string[][] {
  const lines = PAGE.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${header}`));
  assert.ok(start >= 0, header);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Returns the names in a cell: the word at the end of each code, without arguments. */
function names(cell = ''): string[] {
  return [...cell.matchAll(/`(?:stream\.)?(\w+)[^`]*`/g)].map(([, name = '']) => name);
}

/** Returns what Python reports about its public classes. */
function python(): Record<
  'options' | 'asyncOptions' | 'client' | 'asyncClient' | 'stream' | 'asyncStream' | 'jobs' | 'asyncJobs' | 'counters',
  string[]
> &
  Record<'events', Record<string, string[]>> {
  const program = `
import dataclasses, inspect, json
import ffmpeg_functions as f
options = lambda c: [n for n in inspect.signature(c).parameters]
public = lambda c: sorted(n for n in dir(c) if not n.startswith("_"))
fields = lambda c: [x.name for x in dataclasses.fields(c)]
print(json.dumps(dict(
  options=options(f.Client), asyncOptions=options(f.AsyncClient), client=public(f.Client), asyncClient=public(f.AsyncClient),
  stream=public(f.Stream), asyncStream=public(f.AsyncStream),
  jobs=public(f.Jobs), asyncJobs=public(f.AsyncJobs), counters=fields(f.Counters),
  events={c.__name__: fields(c) for c in f.Event.__args__})))`;
  const cwd = fileURLToPath(new URL('../../client/python', import.meta.url));
  const env = { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' };
  return JSON.parse(execFileSync(PYTHON, ['-c', program], { cwd, env, encoding: 'utf8' }));
}

const settings = () => table('TypeScript, ms');
const methods = () => table('TypeScript | Python | what it does');
const members = () => table('TypeScript | Python | what it is');
const events = () => table('TypeScript | Python | when');

describe('docs/reference/client.md', () => {
  it('lists exactly the options of the TypeScript client, side by side with those of Python', () => {
    const rows = settings().filter(([typescript = '']) => !/^`(?:timeouts|breaker|retry|fallback)\./.test(typescript));
    const documented = rows.map(([typescript, inPython]) => [names(typescript).join(), names(inPython)]);
    const nested = ['timeouts', 'retry', 'breaker', 'fallback'];
    const expected = Object.entries(OPTIONS).filter(([name]) => !nested.includes(name));
    assert.deepEqual(documented, [...expected, ...PYTHON_OPTIONS.map((name) => ['', [name]])]);
    for (const name of nested) assert.match(PAGE, new RegExp(`^\\| \`${name}\\.`, 'm'));
  });

  it('lists exactly the methods of the client', () => {
    const rows = methods().map(([typescript, inPython]) => [names(typescript)[0], names(inPython)[0]]);
    const expected = [['createClient', 'Client'], ...Object.entries(METHODS), ['frames', 'frames']];
    assert.deepEqual(rows.toSorted(), expected.toSorted());
  });

  it('lists exactly the methods of jobs', () => {
    const rows = table('TypeScript | Python | what it does with jobs').map(([typescript, inPython]) => [
      names(typescript)[0],
      names(inPython)[0],
    ]);
    assert.deepEqual(rows, Object.entries(JOBS));
  });

  it('lists exactly the members of a stream', () => {
    const rows = members().map(([typescript, inPython]) => [names(typescript)[0], names(inPython)[0]]);
    const own = Object.entries(STREAM).map(([name, inPython]) => [name, inPython === '' ? 'on_event' : inPython]);
    assert.deepEqual(rows.toSorted(), [...own, ['frames', 'frames'], ['destroy', 'close']].toSorted());
  });

  it('lists exactly the events and their fields', () => {
    const documented = events().map(([typescript, inPython, , fields]) => [
      names(typescript)[0],
      names(inPython)[0],
      names(fields),
    ]);
    const expected = Object.entries(EVENTS).map(([name, event]) => [name, event.python, Object.keys(event.fields)]);
    assert.deepEqual(documented, expected);
  });

  it('lists exactly the counters', () => {
    assert.deepEqual(
      table('counter |').map(([name]) => names(name)[0]),
      Object.keys(COUNTERS),
    );
  });

  it('has the names of the Python client', { skip: PYTHON_MISSING }, () => {
    const actual = python();
    const options = [...Object.values(OPTIONS).flat(), ...PYTHON_OPTIONS];
    assert.deepEqual(actual.options.toSorted(), options.toSorted());
    assert.deepEqual(actual.asyncOptions, actual.options);
    const client = [...Object.values(METHODS), 'frames'].toSorted();
    assert.deepEqual([actual.client, actual.asyncClient], [client, client]);
    const stream = [...Object.values(STREAM).filter((name) => name !== ''), 'frames', 'close'];
    // `id` is set when a stream is created.
    const members = stream.filter((name) => name !== 'id').toSorted();
    assert.deepEqual([actual.stream, actual.asyncStream], [members, members]);
    const jobs = Object.values(JOBS).toSorted();
    assert.deepEqual([actual.jobs, actual.asyncJobs], [jobs, jobs]);
    assert.deepEqual(actual.counters, Object.keys(COUNTERS));
    const documented = events().map(([, inPython, , , fields]) => [names(inPython)[0], names(fields)]);
    assert.deepEqual(Object.fromEntries(documented), actual.events);
  });
});
