import assert from 'node:assert/strict';
import { it } from 'node:test';
import { makeFilm, openWorkshop } from './support/workshop.ts';

it('a graph that is longer than an argument may be is read from a file', async () => {
  await using workshop = await openWorkshop();
  const inputs = { a: workshop.input('a', makeFilm(10)) };
  const parts = Array.from({ length: 250 }, (_, index) => ({ input: 'a', from: index * 0.04, to: (index + 1) * 0.04 }));
  const sizes = [32, 40, 48, 56].map((width) => ({ format: 'mp4', quality: 'draft', width, height: 32 }));
  const { outcome, command } = await workshop.run({ inputs, steps: [{ op: 'concat', inputs: parts }], outputs: sizes });
  assert.ok(outcome.kind === 'completed', outcome.kind === 'failed' ? outcome.error.message : '');
  assert.ok(
    /-(?:\/filter_complex|filter_complex_script) outputs\/graph\.txt /.test(command),
    `a command of ${command.length} characters`,
  );
  assert.equal(outcome.result.outputs[0]?.duration_seconds, 10);
});
