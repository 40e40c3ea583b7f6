import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chosenOutput } from '#lib/jobs/output-choice.ts';

const FILM = { name: 'film' };
const POSTER = { name: 'poster' };

describe('the output of a result', () => {
  it('is the only one, or the one of the name', () => {
    assert.equal(chosenOutput([FILM], undefined), FILM);
    assert.equal(chosenOutput([FILM, POSTER], 'poster'), POSTER);
  });

  it('needs a name that exists', () => {
    for (const [outputs, name] of [
      [[FILM, POSTER], undefined],
      [[FILM], 'poster'],
    ] as const) {
      const message = `output must be one of ${outputs.map((output) => output.name).join(', ')}`;
      assert.throws(() => chosenOutput(outputs, name), { code: 'VALIDATION_ERROR', message });
    }
  });
});
