import assert from 'node:assert/strict';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { AppError } from '#lib/errors.ts';
import { errorOf, suspectsOf } from '#lib/jobs/verify/damage.ts';
import { decodedSeconds, encode, planned } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, longFilm, ramp, X264 } from '../../../support/job-media.ts';

const FILM = [{ format: 'mp4', quality: 'high' }];

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

describe('damaged inputs', () => {
  it('that are cut short fail the job, and name the second', async () => {
    const film = await longFilm(films, 'long', ['-movflags', '+faststart', '-f', 'mp4']);
    const a = await films.make('half', ['-i', film, '-c', 'copy', '-movflags', '+faststart', '-f', 'mp4']);
    await truncate(a, Math.round((await stat(a)).size / 2));
    await assert.rejects(planned({ outputs: FILM }, { a }), (error: AppError) => {
      assert.equal(error.code, 'SOURCE_DAMAGED');
      const { at_seconds: at, input, phase, field } = error.details;
      assert.deepEqual([input, phase, field, error.recoverable], ['a', 'probing', 'inputs.a', false]);
      assert.ok(typeof at === 'number' && at > 2 && at < 6, `at ${at}`);
      return true;
    });
    const intact = [{ op: 'concat', inputs: [{ input: 'a', to: 1 }] }];
    assert.equal((await planned({ steps: intact, outputs: FILM }, { a })).frames, 30);
    await using kept = await encode({ outputs: FILM, on_damage: 'keep' }, { a });
    assert.match(kept.plan.warnings.join(), /^inputs\.a is damaged: it ends at [\d.]+ of 8 s$/);
    assert.deepEqual(kept.findings, []);
  });

  it('that cannot be decoded to the end are found by what is missing of the result', async () => {
    const a = await films.make('garbled', [...ramp(6), ...X264, '-g', '30', '-f', 'mp4', '-movflags', '+faststart']);
    const bytes = await readFile(a);
    await writeFile(a, bytes.fill(0, Math.round(bytes.length / 2)));
    await using made = await encode({ outputs: FILM }, { a });
    assert.deepEqual(made.plan.frames, 180);
    const files = new Map([['a', a]]);
    const suspects = suspectsOf(made.plan.clips, { inputs: made.stages[0]?.inputs ?? [], files });
    const decoded = await Promise.all(
      suspects.map(async (each) => ({ ...each, decodedSeconds: await decodedSeconds(each.args) })),
    );
    const { code, details } = errorOf(made.findings, decoded);
    const { input, at_seconds: at } = details;
    assert.deepEqual([code, input], ['SOURCE_DAMAGED', 'a']);
    assert.ok(typeof at === 'number' && at > 2 && at < 5, `at ${at}`);
    await using kept = await encode({ outputs: FILM, on_damage: 'keep' }, { a });
    assert.deepEqual(kept.findings, []);
  });
});
