import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { EQ_PRESETS, EQUALIZER_BANDS } from '#lib/filters/equalizer.ts';
import { ADJUSTABLE, controlCommand, controlValues, inQuietOrder, nextValue } from '#lib/filters/live.ts';
import { transcodeArguments } from '#lib/playback/arguments.ts';
import { settingsOf, TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { chainFilters, type Filters, liveOf, type PlaybackSettings } from '#lib/playback/settings.ts';
import { OUTPUT_FORMATS, QUALITY_PRESETS, SAMPLE_RATES } from '#lib/profiles/audio.ts';
import { MODULE, moduleText } from '../../../client/python/generate.ts';
import { PYTHON, PYTHON_MISSING } from './interpreter.ts';

const LISTS = 1_500;
const PROGRAM = fileURLToPath(new URL('../../../client/python/tests/programs/arguments.py', import.meta.url));
const PACKAGE_FOLDER = fileURLToPath(new URL('../../../client/python', import.meta.url));

test('the Python package contains the current data of the builders (npm run build:python)', () => {
  assert.equal(readFileSync(MODULE, 'utf8'), moduleText());
});

test('the Python package rejects what the service rejects, and otherwise builds the same argument lists and commands', {
  skip: PYTHON_MISSING,
}, () => {
  const questions = fc.sample(question, LISTS);
  const input = questions.map((asked) => JSON.stringify(asked));
  const output = execFileSync(PYTHON, [PROGRAM], {
    input: input.join('\n'),
    encoding: 'utf8',
    env: { PYTHONPATH: PACKAGE_FOLDER },
    maxBuffer: 1 << 28,
  });
  const answers = output.trimEnd().split('\n').map(parse);
  assert.equal(answers.length, questions.length);
  let accepted = 0;
  for (const [index, asked] of questions.entries()) {
    const parsed = TRANSCODE_REQUEST.safeParse({ ...asked.request, source_url: 'http://h/' });
    const answer = answers[index];
    if (parsed.success) {
      accepted += 1;
      assert.deepEqual(answer, expected(settingsOf(parsed.data), asked), JSON.stringify(asked));
    } else {
      const codes: string[] = parsed.error.issues.map(({ path }) =>
        path[0] === 'filters' ? 'FILTER_INVALID' : 'VALIDATION_ERROR',
      );
      assert.ok(codes.includes(answer?.code ?? ''), `${JSON.stringify(asked)}: ${JSON.stringify(answer)}`);
    }
  }
  assert.ok(accepted >= 400, `only ${accepted} lists were compared`);
  assert.ok(questions.length - accepted >= 50, `only ${questions.length - accepted} were refused`);
});

type Answer = { readonly arguments?: string[]; readonly commands?: string[]; readonly code?: string };
type Question = typeof question extends fc.Arbitrary<infer Asked> ? Asked : never;

function parse(line: string): Answer {
  return JSON.parse(line) as Answer;
}

function expected(settings: PlaybackSettings, { feed, losesPitchedEnd, next }: Question): Answer {
  return {
    arguments: transcodeArguments(settings, { feed, demuxer: undefined, maxSeconds: undefined, losesPitchedEnd }),
    commands: commands(settings, { ...NEUTRAL, ...next }),
  };
}

const NEUTRAL = { speed: 1, pitch: 0, volume: 1 };

/** The first step of every filter change. */
function commands(settings: PlaybackSettings, wanted: Filters): string[] {
  const options = { adjust: liveOf(settings)?.adjust ?? [], sampleRate: settings.sampleRate };
  const values = controlValues(chainFilters(wanted), options);
  const changes = [...controlValues(chainFilters(settings.filters), options)].map(([target, from]) => ({
    target,
    from,
    to: values.get(target) ?? from,
  }));
  return inQuietOrder(changes).map((change) => {
    const { target, command, argument } = controlCommand({ ...change, to: nextValue(change) });
    return `c${target} -1 ${command} ${argument}\n`;
  });
}

/** Mostly within a range, sometimes outside; never −0, which JSON cannot express. */
const number = (min: number, max: number): fc.Arbitrary<number> =>
  fc
    .oneof(
      { weight: 30, arbitrary: fc.double({ min, max, noNaN: true }) },
      { weight: 10, arbitrary: fc.constantFrom(min, max) },
      { weight: 10, arbitrary: fc.integer({ min: Math.ceil(min), max: Math.floor(max) }) },
      // Halves of the last decimal place that filters accept.
      { weight: 10, arbitrary: fc.integer({ min: 0, max: 1_023 }).map((n) => min + ((max - min) * n) / 1_024) },
      { weight: 1, arbitrary: fc.constantFrom(min - 0.1, max + 0.1) },
    )
    .map((value) => value + 0);

/** Mostly one of these, rarely another value. */
const of = <T>(...values: readonly T[]): fc.Arbitrary<T | string> =>
  fc.oneof({ weight: 60, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.constant('other') });

const numbers = { speed: number(0.5, 2), pitch: number(-12, 12), volume: number(0, 2) };
const bands = EQUALIZER_BANDS.length;
const equalizer = fc.oneof(
  { weight: 30, arbitrary: fc.array(number(-12, 12), { minLength: bands, maxLength: bands }) },
  { weight: 1, arbitrary: fc.constant([1, 2]) },
);
const filters = fc.oneof(
  fc.record({ ...numbers, eq_preset: of(...EQ_PRESETS) }, { requiredKeys: [] }),
  fc.record({ ...numbers, equalizer }, { requiredKeys: [] }),
);
const accepted = fc
  .oneof(
    fc.record({ ...numbers, eq_preset: fc.constantFrom(...EQ_PRESETS) }, { requiredKeys: [] }),
    fc.record({ ...numbers, equalizer }, { requiredKeys: [] }),
  )
  .filter((given) => TRANSCODE_REQUEST.shape.filters.safeParse(given).success) as fc.Arbitrary<Partial<Filters>>;

const common = {
  output_format: of(...OUTPUT_FORMATS),
  quality_preset: of(...QUALITY_PRESETS),
  bitrate: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom('', '0k', '96', '1000k') },
    { weight: 9, arbitrary: fc.integer({ min: 30, max: 260 }).map((kilobits) => `${kilobits}k`) },
  ),
  sample_rate: of(...SAMPLE_RATES, 48_000),
  channels: of(1, 2),
  filters,
  start_at: number(0, 1_000_000),
  duration: number(0, 1_000_000),
};
const request = fc.oneof(
  fc.record(common, { requiredKeys: ['output_format'] }),
  fc.record(
    {
      ...common,
      live: fc.oneof({ weight: 20, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      adjust: fc.array(of(...ADJUSTABLE), { maxLength: 4 }),
      lead_seconds: number(0.2, 30),
    },
    { requiredKeys: ['output_format', 'live'] },
  ),
);

const question = fc.record({
  request: request as fc.Arbitrary<Record<string, unknown>>,
  next: accepted,
  feed: fc.constantFrom('pipe', 'spool'),
  losesPitchedEnd: fc.boolean(),
});
