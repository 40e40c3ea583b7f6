import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { AppError } from '#lib/errors.ts';
import type { FilterCommand } from '#lib/ffmpeg/commands.ts';
import { ADJUSTABLE, type Adjustable, controlValues } from '#lib/filters/live.ts';
import { createAdjustment } from '#lib/playback/adjustment.ts';
import { chainFilters, type FilterPatch, type Filters } from '#lib/playback/settings.ts';

const NEUTRAL: Filters = { speed: 1, pitch: 0, volume: 1 };

type Sent = FilterCommand & { readonly answer: PromiseWithResolvers<void> };

/** An adjustment with a fake ffmpeg that replies when the test says so, to one command at a time like a real one. */
function adjustment(initial: Partial<Filters> = {}, adjust: readonly Adjustable[] = ADJUSTABLE, timeoutMs = 60_000) {
  const sent: Sent[] = [];
  const speeds: number[] = [];
  let seconds = 0;
  const adjusted = createAdjustment({
    initial: { ...NEUTRAL, ...initial },
    adjust,
    sampleRate: 48_000,
    send(command) {
      const answer = Promise.withResolvers<void>();
      sent.push({ ...command, answer });
      return answer.promise;
    },
    heardFrom: () => seconds,
    onSpeed: (_, speed) => void speeds.push(speed),
    timeoutMs,
  });
  let answered = 0;
  /** Replies to the next command, one second of output later. */
  async function answer(error?: Error): Promise<FilterCommand | undefined> {
    const next = sent[answered];
    if (next === undefined) return undefined;
    answered += 1;
    seconds += 1;
    if (error === undefined) next.answer.resolve();
    else next.answer.reject(error);
    await turn();
    return next;
  }
  async function answerAll(): Promise<void> {
    while ((await answer()) !== undefined);
  }
  return { ...adjusted, sent, speeds, answer, answerAll };
}

const commands = (sent: readonly Sent[]) => sent.map(({ target, argument }) => `${target} ${argument}`);

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code;
}

describe('an adjustment', () => {
  it('sends what changes, and resolves when ffmpeg has applied it', async () => {
    const { adjust, sent, answer, filters, speeds } = adjustment();
    const done = adjust({ speed: 1.5 });
    assert.deepEqual(commands(sent), ['atempo@speed 1.5']);
    assert.deepEqual(filters(), NEUTRAL);
    await answer();
    assert.deepEqual(await done, { filters: { ...NEUTRAL, speed: 1.5 }, appliedAtSample: 48_000 });
    assert.deepEqual([filters().speed, speeds], [1.5, [1.5]]);
  });

  it('resolves at once when nothing changes', async () => {
    const { adjust, sent } = adjustment({ eq_preset: 'voice' });
    assert.deepEqual((await adjust({ speed: 1, eq_preset: 'voice' })).filters, { ...NEUTRAL, eq_preset: 'voice' });
    assert.deepEqual(sent, []);
  });

  it('sends one command at a time, the speed first, and returns the sample of the speed change', async () => {
    const { adjust, sent, answer } = adjustment();
    const done = adjust({ volume: 0, eq_preset: 'voice', speed: 2 });
    for (const count of [1, 2, 3, 4]) {
      assert.equal(sent.length, count);
      await answer();
    }
    assert.deepEqual(commands(sent).slice(0, 3), ['atempo@speed 2', 'bass@voice -26', 'treble@voice -26']);
    assert.equal((await done).appliedAtSample, 48_000);
  });

  it('replaces a preset by an equaliser and an equaliser by a preset', async () => {
    const { adjust, answerAll, filters } = adjustment({ eq_preset: 'bass_boost' });
    const equalizer = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const first = adjust({ equalizer });
    await answerAll();
    assert.deepEqual((await first).filters, { ...NEUTRAL, equalizer });
    const second = adjust({ eq_preset: 'flat' });
    await answerAll();
    assert.deepEqual((await second).filters, { ...NEUTRAL, eq_preset: 'flat' });
    assert.deepEqual(filters(), { ...NEUTRAL, eq_preset: 'flat' });
  });

  it('skips commands that a later change has replaced', async () => {
    const { adjust, sent, answerAll } = adjustment();
    const all = [0.5, 0.7, 1.9, 1.2].map((speed) => adjust({ speed }));
    await answerAll();
    assert.deepEqual(commands(sent), ['atempo@speed 0.5', 'atempo@speed 1.2']);
    assert.deepEqual((await Promise.all(all)).at(-1)?.filters.speed, 1.2);
  });

  it('ends in the state of the last change when that restores the initial state', async () => {
    const { adjust, answerAll, filters, sent } = adjustment();
    const all = [adjust({ speed: 2 }), adjust({ speed: 1 }), adjust({ volume: 2 }), adjust({ volume: 1 })];
    await answerAll();
    await Promise.all(all);
    assert.deepEqual(filters(), NEUTRAL);
    assert.deepEqual(commands(sent), ['atempo@speed 2', 'atempo@speed 1']);
  });

  it('keeps the values of a later change when an earlier one finishes after it', async () => {
    const { adjust, answerAll, filters } = adjustment();
    const all = [adjust({ volume: 0 }), adjust({ speed: 2, volume: 1 }), adjust({ speed: 0.5 })];
    await answerAll();
    await Promise.all(all);
    assert.deepEqual(filters(), { ...NEUTRAL, speed: 0.5 });
  });

  it('rejects a filter that may not change, unless its value stays the same', async () => {
    const { adjust, sent } = adjustment({}, ['speed']);
    await assert.rejects(adjust({ speed: 2, volume: 0.5 }), hasCode('CONFLICT'));
    await assert.rejects(adjust({ eq_preset: 'voice' }), hasCode('CONFLICT'));
    assert.deepEqual(sent, []);
    await adjust({ volume: 1, pitch: 0 });
  });

  it('reports what ffmpeg refuses, and accepts the next change', async () => {
    const { adjust, answer, filters } = adjustment();
    const refused = assert.rejects(adjust({ speed: 2 }), hasCode('FFMPEG_ERROR'));
    await answer(new AppError('FFMPEG_ERROR'));
    await refused;
    assert.deepEqual(filters(), NEUTRAL);
    const taken = adjust({ volume: 0 });
    await answer();
    assert.equal((await taken).filters.volume, 0);
  });

  it('times out, and is correct when ffmpeg applies the change later', async () => {
    const { adjust, answer, filters } = adjustment({}, ADJUSTABLE, 20);
    await assert.rejects(adjust({ speed: 2 }), hasCode('TIMEOUT'));
    assert.equal(filters().speed, 1);
    await answer();
    assert.equal(filters().speed, 2);
  });

  it('sends everything again to a rebuilt graph', async () => {
    const { adjust, answerAll, restate, sent } = adjustment({ volume: 0.5 });
    const done = adjust({ speed: 2, volume: 1 });
    await answerAll();
    await done;
    sent.splice(0);
    restate();
    await turn();
    assert.deepEqual(commands(sent).slice(0, 1), ['atempo@speed 2']);
  });

  it('ends in the state of the last change in any order of events', async () => {
    const patch: fc.Arbitrary<FilterPatch> = fc.oneof(
      fc.record({ speed: fc.constantFrom(0.5, 1, 2), volume: fc.constantFrom(0, 1) }, { requiredKeys: [] }),
      fc.record({ eq_preset: fc.constantFrom('flat', 'voice', 'bass_boost') }),
      fc.record({ equalizer: fc.constantFrom([12, 0, 0, 0, 0, 0, 0, 0, 0, 12], [-12, 0, 0, 0, 0, 0, 0, 0, 0, 0]) }),
    );
    const step = fc.oneof(patch, fc.constant('answer' as const));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { adjust, answer, answerAll, filters, sent } = adjustment();
        const waiting: Promise<unknown>[] = [];
        for (const next of steps) {
          if (next === 'answer') await answer();
          else waiting.push(adjust(next));
        }
        await answerAll();
        await Promise.all(waiting);
        const state = new Map(controlValues(chainFilters(NEUTRAL), { adjust: ADJUSTABLE, sampleRate: 48_000 }));
        for (const { target, argument } of sent) {
          const [, start, change] = /;([\d.-]+)\+\(([\d.-]+)\)\*min/.exec(argument) ?? [];
          state.set(target, start === undefined ? Number(argument) : Number(start) + Number(change));
        }
        const wanted = controlValues(chainFilters(filters()), { adjust: ADJUSTABLE, sampleRate: 48_000 });
        assert.deepEqual(Object.fromEntries(state), Object.fromEntries(wanted));
        const patches = steps.filter((next) => next !== 'answer');
        const lastSpeed = patches.findLast(({ speed }) => speed !== undefined)?.speed ?? 1;
        assert.equal(filters().speed, lastSpeed);
      }),
      { numRuns: 2_000 },
    );
  });
});
