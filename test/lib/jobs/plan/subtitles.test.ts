import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { CAPABLE, FILM, mediaFacts, planOf } from '../../../support/job-facts.ts';

const FACTS = { a: mediaFacts() };
const embed = (fields: object = {}) => ({ op: 'subtitles', mode: 'embed', input: 'subs', ...fields });
const two = (value = 0): string => String(value).padStart(2, '0');
const SUBS = Buffer.from(
  [
    [1, 2],
    [4, 6],
    [9, 12],
    [11, 12],
  ]
    .map(([from, to], index) => `${index}\n00:00:${two(from)},000 --> 00:00:${two(to)},000\ncue ${index}\n\n`)
    .join(''),
);
const planned = (request: object, subs: Buffer = SUBS) =>
  planOf({ outputs: FILM, ...request }, FACTS, { texts: { subs } });

function cuesOf({ outputs }: JobPlan): unknown[] {
  const [output] = outputs;
  assert.ok(output?.kind === 'copy' || output?.kind === 'film');
  return output.subtitles.map(({ cues }) => cues.map(({ fromMs, toMs, text }) => [fromMs, toMs, text]));
}

describe('embedded subtitles', () => {
  it('are cut at the end of the timeline, and those after it are left out with a warning', () => {
    const made = planned({ steps: [embed()] });
    assert.deepEqual(cuesOf(made), [
      [
        [1_000, 2_000, 'cue 0'],
        [4_000, 6_000, 'cue 1'],
        [9_000, 10_000, 'cue 2'],
      ],
    ]);
    assert.deepEqual(made.warnings, ['1 cues of inputs.subs begin after the end of the timeline: they are left out']);
  });

  it('move with the timeline that later steps cut, without a warning', () => {
    const steps = [embed(), { op: 'trim', from: 1, to: 9 }, { op: 'trim', from: 4 }];
    const subs = SUBS.subarray(0, SUBS.indexOf('3\n00:00:11'));
    const made = planned({ steps }, subs);
    assert.deepEqual([cuesOf(made), made.warnings], [[[[0, 1_000, 'cue 1']]], []]);
  });

  it('count in the timeline as it is at their step', () => {
    const made = planned({ steps: [{ op: 'trim', from: 5 }, embed()] });
    assert.deepEqual(cuesOf(made), [
      [
        [1_000, 2_000, 'cue 0'],
        [4_000, 5_000, 'cue 1'],
      ],
    ]);
  });

  it('have the encoding and the language of the step, else of the input', () => {
    const subs = Buffer.from('0\n00:00:01,000 --> 00:00:02,000\n\xcf\xf0\n', 'latin1');
    const inputs = {
      a: 'https://x.org/a',
      subs: { url: 'https://x.org/subs', encoding: 'windows-1251', language: 'rus' },
    };
    const made = planned(
      { inputs, steps: [embed(), embed({ encoding: 'windows-1252', language: 'fra', default: true })] },
      subs,
    );
    const [output] = made.outputs;
    assert.ok(output?.kind === 'copy');
    const found = output.subtitles.map(({ language, isDefault, cues }) => [language, isDefault, cues[0]?.text]);
    assert.deepEqual(found, [
      ['rus', false, 'Пр'],
      ['fra', true, 'Ïð'],
    ]);
    assert.deepEqual(made.warnings, []);
  });

  it('name the encoding that was guessed, and what could not be read', () => {
    const subs = Buffer.from('0\n00:00:01,000 --> 00:00:02,000\n\xcf\xf0\xe8\n\nwhat\n', 'latin1');
    assert.deepEqual(planned({ steps: [embed()] }, subs).warnings, [
      '1 lines of inputs.subs cannot be read as subtitles: they are skipped',
      'inputs.subs is not UTF-8 and has no encoding: it was read as windows-1251, which may be wrong',
    ]);
    assert.deepEqual(planned({ steps: [embed({ encoding: 'utf-8' })] }, subs).warnings, [
      '1 lines of inputs.subs cannot be read as subtitles: they are skipped',
      'inputs.subs has 3 characters that its encoding does not have',
    ]);
  });

  it('are left out of what cannot carry them, and where none is shown, with a warning', () => {
    const outputs = [...FILM, { name: 'poster', format: 'jpg' }];
    const made = planned({ outputs, steps: [{ op: 'trim', to: 0.5 }, embed()] });
    assert.deepEqual(cuesOf(made), []);
    assert.deepEqual(made.warnings, [
      'outputs[1] has no subtitles: jpg cannot carry them',
      '4 cues of inputs.subs begin after the end of the timeline: they are left out',
      'steps[1] adds no subtitles: no cue of inputs.subs is in the timeline',
    ]);
  });

  it('alone have an encoding and a language, which is a warning elsewhere', () => {
    const inputs = { a: { url: 'https://x.org/a', language: 'rus' } };
    const { warnings } = planOf({ inputs, outputs: FILM }, FACTS);
    assert.deepEqual(warnings, ['inputs.a.language has no effect: the input is not used as subtitles']);
  });

  it('are planned without their cues when they were not read', () => {
    const inputs = { a: 'https://x.org/a', subs: 'https://x.org/subs' };
    assert.deepEqual(cuesOf(planOf({ inputs, steps: [embed()], outputs: FILM }, FACTS)), [[]]);
  });

  it('are refused when they are another text, or this ffmpeg cannot write them', () => {
    const place = { field: 'steps[0].input', input: 'subs', step: 0, phase: 'probing' };
    for (const text of ['hello', '0\n00:00:02,000 --> 00:00:01,000\nx\n']) {
      assert.throws(() => planned({ steps: [embed()] }, Buffer.from(text)), {
        code: 'UNSUPPORTED_FORMAT',
        details: place,
      });
    }
    const capabilities = { ...CAPABLE, demuxers: new Set<string>() };
    assert.throws(() => planOf({ steps: [embed()], outputs: FILM }, FACTS, { texts: { subs: SUBS }, capabilities }), {
      code: 'CAPABILITY_MISSING',
      details: { capability: 'demuxer:srt', field: 'outputs[0]', phase: 'probing' },
    });
  });

  it('have at most 20,000 cues in all', () => {
    const cue = (index: number) => `00:00:01,${100 + (index % 100)} --> 00:00:01,${101 + (index % 100)}\nx\n\n`;
    const subs = Buffer.from(Array.from({ length: 10_001 }, (_, index) => cue(index)).join(''));
    assert.equal(planned({ steps: [embed()] }, subs).warnings.length, 0);
    assert.throws(() => planned({ steps: [embed(), embed()] }, subs), { code: 'LIMIT_EXCEEDED' });
  });
});
