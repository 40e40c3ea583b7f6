import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { CAPABLE, planOf } from '../../../support/job-facts.ts';

const text = (fields: object = {}) => ({ op: 'text', text: 'Hello', ...fields });
const textsOf = ({ layers }: JobPlan) => layers.flatMap((layer) => (layer.kind === 'text' ? [layer] : []));
const framesOf = (plan: JobPlan) =>
  textsOf(plan).map(({ lines }) => lines.map(({ firstFrame, endFrame }) => [firstFrame, endFrame]));

describe('layers of a plan', () => {
  it('have the frames of the timeline as it is at their step', () => {
    const steps = [text({ from: 1, to: 2.5 }), { op: 'trim', from: 2, to: 6 }, text({ from: 1 })];
    assert.deepEqual(framesOf(planOf({ steps })), [
      [
        [0, 15],
        [30, 120],
      ],
    ]);
  });

  it('are left out when a later step cuts them off', () => {
    assert.deepEqual(planOf({ steps: [text({ to: 2 }), { op: 'trim', from: 2 }] }).layers, []);
  });

  it('end with the timeline, with a warning', () => {
    const made = planOf({ steps: [text({ from: 9, to: 12 })] });
    assert.deepEqual(framesOf(made), [[[270, 300]]]);
    assert.deepEqual(made.warnings, ['steps[0].to is 12, after the end of the timeline at 10 s: it is cut there']);
  });

  it('are refused when they begin after the end', () => {
    assert.throws(
      () => planOf({ steps: [text({ from: 10 })] }),
      ({ code, details }: { code: string; details: object }) => {
        assert.equal(code, 'VALIDATION_ERROR');
        assert.partialDeepStrictEqual(details, { field: 'steps[0].from', step: 0 });
        return true;
      },
    );
  });

  it('are the reason why a film is encoded', () => {
    const [output] = planOf({ steps: [{ op: 'trim', to: 9 }, text()] }).outputs;
    assert.ok(output?.kind === 'film');
    assert.equal(output.notCopiedBecause, 'video: steps[1] draws on the picture');
  });

  it('need a filter only where there is a picture', () => {
    const filters: ReadonlySet<string> = new Set(['lut3d']);
    const options = { capabilities: { ...CAPABLE, filters } };
    assert.throws(() => planOf({ steps: [text()] }, undefined, options), {
      code: 'CAPABILITY_MISSING',
      details: { capability: 'filter:ass', field: 'steps', phase: 'probing' },
    });
    const { warnings } = planOf({ steps: [text()], outputs: [{ format: 'mp3' }] }, undefined, options);
    assert.deepEqual(warnings, ['the steps that draw on the picture have no effect: no output has one']);
  });
});

const two = (value: number): string => String(value).padStart(2, '0');
const srt = (...times: readonly (readonly [from: number, to: number])[]) =>
  Buffer.from(
    times.map(([from, to], index) => `00:00:${two(from)},000 --> 00:00:${two(to)},000\ncue ${index}\n\n`).join(''),
  );
const burn = (fields: object = {}) => ({ op: 'subtitles', mode: 'burn', input: 'subs', ...fields });
const drawn = (steps: readonly object[], subs: Uint8Array = srt([1, 2], [4, 6], [9, 12])) =>
  planOf({ steps, base: 'a' }, undefined, { texts: { subs } });
const cuesOf = (plan: JobPlan) =>
  textsOf(plan).map(({ lines }) => lines.map(({ firstFrame, endFrame, item }) => [firstFrame, endFrame, item.text]));

describe('burned subtitles', () => {
  it('are cut and moved by a trim after them', () => {
    const made = drawn([burn(), { op: 'trim', from: 1.5, to: 5 }]);
    assert.deepEqual(cuesOf(made), [
      [
        [0, 15, 'cue 0'],
        [75, 105, 'cue 1'],
      ],
    ]);
    const [output] = made.outputs;
    assert.deepEqual(output?.kind === 'film' ? output.subtitles : null, []);
  });

  it('may be in the request itself', () => {
    const cues = [{ from: 1, to: 2.5, text: 'Hello' }];
    assert.deepEqual(cuesOf(planOf({ steps: [{ op: 'subtitles', mode: 'burn', cues }] })), [[[30, 75, 'Hello']]]);
    const [output] = planOf({ steps: [{ op: 'subtitles', mode: 'embed', cues }] }).outputs;
    assert.ok(output !== undefined && 'subtitles' in output);
    assert.deepEqual(output.subtitles[0]?.cues, [{ fromMs: 1_000, toMs: 2_500, text: 'Hello' }]);
  });

  it('are one layer with texts, unless a text with a place lies between them', () => {
    const depths = (steps: readonly object[]) =>
      textsOf(drawn(steps, srt([0, 10]))).map(({ lines }) =>
        lines.map(({ item, depth, isShown }) => [item.text, depth, isShown]),
      );
    const placed = text({ text: 'placed', x: 10, y: 10 });
    assert.deepEqual(depths([placed, text(), burn(), placed]), [
      [
        ['placed', 0, true],
        ['Hello', 1, true],
        ['cue 0', 1, true],
        ['placed', 2, true],
      ],
    ]);
    assert.deepEqual(depths([text(), placed, burn()]), [
      [
        ['Hello', 0, true],
        ['placed', 1, true],
      ],
      [
        ['Hello', 0, false],
        ['cue 0', 0, true],
      ],
    ]);
  });

  it('keep the styles of ASS, unless the request has a style', () => {
    const ass = Buffer.from(
      '[Script Info]\nPlayResX: 320\nPlayResY: 180\n[V4+ Styles]\nStyle: A\n[Events]\n' +
        'Dialogue: 0,0:00:01.00,0:00:02.00,A,,0,0,0,,{\\i1}Hi\n',
    );
    const [own] = textsOf(drawn([burn()], ass));
    assert.equal(own?.script?.width, 320);
    assert.equal(own?.lines[0]?.item.text, '{\\i1}Hi');
    const [styled] = textsOf(drawn([burn({ style: { color: '#ff0000' } })], ass));
    assert.equal(styled?.script, null);
    assert.equal(styled?.lines[0]?.item.text, 'Hi');
  });

  it('may be ASS that has drawings alone', () => {
    const events = '[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,A,,0,0,0,,{\\p1}m 0 0 l 9 0 9 9{\\p0}\n';
    const ass = Buffer.from(`[Script Info]\n[V4+ Styles]\nStyle: A\n${events}`);
    const made = drawn([burn()], ass);
    assert.equal(textsOf(made)[0]?.lines.length, 1);
    assert.deepEqual(made.warnings, []);
    assert.deepEqual(drawn([burn(), { op: 'trim', from: 3 }], ass).warnings, [
      'steps[0] adds no subtitles: no cue of inputs.subs is in the timeline',
    ]);
    assert.throws(() => drawn([burn({ mode: 'embed' })], ass), { code: 'UNSUPPORTED_FORMAT' });
  });

  it('are at most 200 at once', () => {
    const many = srt(...Array.from({ length: 201 }, () => [1, 2] as const));
    assert.throws(() => drawn([burn()], many), {
      code: 'LIMIT_EXCEEDED',
      details: {
        ...{ field: 'steps[0].input', input: 'subs', step: 0, phase: 'probing' },
        ...{ limit: 'subtitle_cues_at_once', value: 201, max: 200 },
      },
    });
    assert.equal(drawn([burn()], many.subarray(0, -45)).layers.length, 1);
  });

  it('warn of a font that does not exist', () => {
    const fonts = { has: (name: string) => name === 'Known' };
    const steps = [text({ font: 'Known' }), burn({ style: { font: 'Unknown' } })];
    assert.deepEqual(planOf({ steps, base: 'a' }, undefined, { texts: { subs: srt([1, 2]) }, fonts }).warnings, [
      'steps[1].style.font is Unknown, which GET /api/fonts does not list: another font is used, usually DejaVu Sans',
    ]);
  });
});

it('a text must be shown longer than it fades', () => {
  assert.throws(() => planOf({ steps: [text({ from: 9, fade_in: 1, fade_out: 0.5 })] }), {
    code: 'VALIDATION_ERROR',
    message: 'fade_in and fade_out are 1.5 s, and the text is shown for 1 s',
  });
});
