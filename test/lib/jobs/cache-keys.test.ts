import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildOf, cacheKeysOf } from '#lib/jobs/cache-keys.ts';
import { JOB_SPEC } from '#lib/jobs/spec/spec.ts';
import { CAPABLE } from '../../support/job-facts.ts';

const REQUEST = {
  inputs: { a: 'https://x.org/a', b: { url: 'https://x.org/b', seconds: 3 } },
  steps: [{ op: 'concat', inputs: ['a', 'b'] }],
  output: { format: 'mp4' },
};
const VERSIONS = new Map([
  ['a', 'v1'],
  ['b', 'v2'],
]);

const keys = (changes: object = {}, versions = VERSIONS) =>
  cacheKeysOf(JOB_SPEC.parse({ ...REQUEST, ...changes }), versions);

describe('the keys of a request', () => {
  it('are those of the same request, whatever the order of its fields', async () => {
    const first = await keys();
    assert.ok(first !== undefined);
    const { inputs, ...rest } = REQUEST;
    const turned = { ...rest, inputs: { b: { seconds: 3, url: inputs.b.url }, a: inputs.a } };
    assert.deepEqual(await keys(turned), first);
    assert.deepEqual(await keys({ cache: false }), first);
  });

  it('differ in the result when the files do', async () => {
    const first = await keys();
    for (const changed of [
      keys({ output: { format: 'mov' } }),
      keys({ output: { format: 'mp4', name: 'film' } }),
      keys({ steps: [{ op: 'concat', inputs: ['b', 'a'] }] }),
      keys({ on_damage: 'keep' }),
      keys({ inputs: { ...REQUEST.inputs, b: 'https://x.org/b' } }),
      keys({}, new Map([...VERSIONS, ['a', 'v3']])),
    ]) {
      assert.notEqual((await changed)?.result, first?.result);
    }
  });

  it('differ in the request alone when only other fields do', async () => {
    const first = await keys();
    const changes = [
      { metadata: { a: 1 } },
      { priority: 1 },
      { expires_in_days: 2 },
      { callback_url: 'https://x.org' },
    ];
    for (const change of changes) {
      const changed = await keys(change);
      assert.equal(changed?.result, first?.result);
      assert.notEqual(changed?.request, first?.request);
    }
  });

  it('do not exist without the version of a used source, and with a destination', async () => {
    assert.equal(await keys({}, new Map([['a', 'v1']])), undefined);
    assert.equal(await keys({ output: { format: 'mp4', destination: 'https://x.org/put' } }), undefined);
    const unused = { steps: [{ op: 'concat', inputs: ['a'] }] };
    assert.notEqual(await keys(unused, new Map([['a', 'v1']])), undefined);
  });
});

describe('the name of an ffmpeg build', () => {
  it('differs by version and by what it can do', async () => {
    const names = [
      { ...CAPABLE, encoders: new Set(['a', 'b']), filters: new Set(['c']) },
      { ...CAPABLE, encoders: new Set(['b', 'a']), filters: new Set(['c']) },
      { ...CAPABLE, encoders: new Set(['a']), filters: new Set(['c']) },
      { ...CAPABLE, encoders: new Set(['a', 'b']), filters: new Set(['c']), version: '7.1' },
    ].map(buildOf);
    const [one, same, ...others] = await Promise.all(names);
    assert.equal(one, same);
    assert.ok(one?.startsWith('5.1 '));
    assert.ok(others.every((other) => other !== one));
  });
});
