import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ducking } from '#lib/jobs/graph/ducking.ts';
import { stages } from '#lib/jobs/graph/stages.ts';
import { mediaFacts, pictureFacts, planOf, soundFacts } from '../../../support/job-facts.ts';

const LONG = [pictureFacts({ endSeconds: 600, frames: 18_000 }), soundFacts({ endSeconds: 600 })];
const FACTS = {
  a: { ...mediaFacts(LONG), seconds: 600 },
  bed: mediaFacts([soundFacts({ index: 0, endSeconds: 0.5 })]),
  other: mediaFacts([soundFacts({ index: 0 })]),
};
const FILES = new Map(Object.keys(FACTS).map((name) => [name, `inputs/${name}`]));
const LOOP = { op: 'audio', mode: 'mix', input: 'bed', loop: true };
const DRAFT = { format: 'mp4', quality: 'draft' };

const compiled = (request: object) =>
  stages(planOf({ base: 'a', ...request }, FACTS), { files: FILES, folder: 'made' });
const joined = (count: number) => ({ op: 'concat', inputs: Array.from({ length: count }, () => 'a') });
const openings = (args: readonly string[], file: string) => args.filter((arg) => arg === `file:${file}`).length;

describe('the stages of a mix', () => {
  for (const [name, request] of [
    ['one graph', { steps: [LOOP], outputs: [DRAFT] }],
    ['runs', { steps: [joined(20), LOOP], outputs: [DRAFT] }],
    ['a copied picture', { steps: [LOOP], outputs: [{ format: 'mp4' }] }],
    ['a sound alone', { steps: [LOOP], outputs: [{ format: 'mp3' }] }],
    ['outputs of both kinds', { steps: [LOOP], outputs: [{ format: 'mp4' }, { ...DRAFT, name: 'draft' }] }],
  ] as const) {
    it(`open a sound that repeats once, for ${name}, and keep its file until the end`, () => {
      const made = compiled(request);
      assert.equal(
        made.reduce((sum, { args }) => sum + openings(args, 'inputs/bed'), 0),
        1,
      );
      assert.deepEqual(
        [made[0]?.name, made[0]?.outputs],
        [`sound of step ${request.steps.length}`, [`bed-${request.steps.length - 1}.wav`]],
      );
      const kept = made.slice(0, -1).flatMap(({ frees }) => frees);
      assert.ok(kept.every((file) => !file.startsWith('bed')));
      assert.ok(made.at(-1)?.frees.includes(made[0]?.outputs[0] ?? ''));
    });
  }

  it('add nothing within a run, but over the whole', () => {
    const steps = [joined(20), { ...LOOP, input: 'other', loop: false, duck: 6 }];
    const made = compiled({ steps, outputs: [DRAFT, { name: 'web', format: 'dash' }] });
    assert.deepEqual(
      made.map(({ name, args, inputs }) => [name, openings(args, 'inputs/other'), inputs]),
      [
        ['run 1 of 2', 0, ['a']],
        ['run 2 of 2', 0, ['a']],
        ['join', 1, ['other']],
      ],
    );
  });

  it('neither open nor write a sound for pictures', () => {
    const [only, ...more] = compiled({ steps: [LOOP], outputs: [{ format: 'png', at: 2 }] });
    assert.deepEqual([only?.inputs, more], [['a'], []]);
  });

  it('do not decode the sound that is replaced', () => {
    const steps = [joined(3), { ...LOOP, mode: 'replace' }];
    const [, only] = compiled({ steps, outputs: [DRAFT] });
    const graph = only?.args[only.args.indexOf('-filter_complex') + 1] ?? '';
    assert.match(graph, /\[0:0\]/);
    assert.doesNotMatch(graph, /\[[012]:1\]/);
  });
});

describe('ducking', () => {
  it('has a threshold and a release that the filter takes, for each number of dB', () => {
    for (const db of [0.1, 1, 12, 29.9, 30]) {
      const [, filter] = ducking({ sound: '[s]', voice: '[v]', key: '[k]' }, db);
      const [, threshold, release] = /threshold=([\d.]+):.*:release=([\d.]+),/.exec(filter) ?? [];
      assert.ok(Number(threshold) >= 0.000_976_563 && Number(threshold) <= 1, filter);
      assert.ok(Number(release) >= 0.01 && Number(release) <= 9_000, filter);
    }
  });
});
