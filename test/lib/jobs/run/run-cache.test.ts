import assert from 'node:assert/strict';
import { it } from 'node:test';
import { serve } from '../../../support/http-source.ts';
import { makeFilm, openWorkshop } from './support/workshop.ts';

it('a result is kept under the versions of the sources that were read', async () => {
  await using workshop = await openWorkshop();
  const film = makeFilm(0.4);
  let etag = '"1"';
  const a = workshop.input('a', (request, response) => serve(film, { headers: { etag } })(request, response));
  const cacheOf = async (url: string) => {
    const { outcome } = await workshop.run({ inputs: { a: url }, output: { format: 'mp4', quality: 'draft' } });
    assert.equal(outcome.kind, 'completed');
    return outcome.kind === 'completed' ? outcome.cache : undefined;
  };
  const first = await cacheOf(a);
  assert.match(first?.key ?? '', /^[\w-]{43}$/);
  assert.match(first?.build ?? '', /^\d\S* [\w-]{16}$/);
  assert.deepEqual(await cacheOf(a), first);
  etag = '"2"';
  const changed = await cacheOf(a);
  assert.notEqual(changed?.key, first?.key);
  assert.equal(changed?.build, first?.build);
  etag = 'W/"3"';
  assert.equal(await cacheOf(a), undefined);
});
