import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileUrlRoutes, matchUrlRoute } from '../../../../local/emulator/definition/url-routes.ts';

const table = compileUrlRoutes([
  { pattern: '/files/{rest+}', functionName: 'files' },
  { pattern: '/transcodes/{id}', functionName: 'transcode' },
  { pattern: '/transcodes/{id}/events', functionName: 'events' },
  { pattern: '/transcodes/active', functionName: 'active' },
  { pattern: '/{any+}', functionName: 'rest' },
  { pattern: '/', functionName: 'root' },
]);

const expected = {
  '/transcodes/active': 'active',
  '/transcodes/42': 'transcode',
  '/transcodes/42/events': 'events',
  '/transcodes/42/other': 'rest',
  '/files/a': 'files',
  '/files/a/b/c': 'files',
  '/files': 'rest',
  '/': 'root',
};

for (const [path, functionName] of Object.entries(expected)) {
  test(`${path} goes to the most specific pattern's function`, () => {
    assert.equal(matchUrlRoute(table, path), functionName);
  });
}

test('matches no parameter with an empty segment', () => {
  const routes = compileUrlRoutes([{ pattern: '/health/{check}', functionName: 'health' }]);
  assert.equal(matchUrlRoute(routes, '/health/'), undefined);
  assert.equal(matchUrlRoute(routes, '/health'), undefined);
});

test('accepts empty segments within a greedy rest, but not as the whole rest', () => {
  const routes = compileUrlRoutes([{ pattern: '/files/{rest+}', functionName: 'files' }]);
  for (const path of ['/files//a', '/files/a/', '/files/a//b', '/files//'])
    assert.equal(matchUrlRoute(routes, path), 'files', path);
  for (const path of ['/files/', '/files']) assert.equal(matchUrlRoute(routes, path), undefined, path);
});

test('refuses two patterns that match the same paths', () => {
  const twins = ['/a/{x}', '/a/{y}'].map((pattern) => ({ pattern, functionName: 'f' }));
  assert.throws(() => compileUrlRoutes(twins), /"\/a\/\{x\}" and "\/a\/\{y\}" match the same paths/);
});

for (const pattern of ['health', '/a/{b', '/{rest+}/a', '/x{y}']) {
  test(`refuses "${pattern}" as a pattern`, () => {
    assert.throws(() => compileUrlRoutes([{ pattern, functionName: 'f' }]), Error);
  });
}

const segment = fc.constantFrom('a', 'b', 'c');
const patternSegment = fc.constantFrom('a', 'b', 'c', '{p}');
const patterns = fc.uniqueArray(
  fc
    .tuple(fc.array(patternSegment, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([segments, greedy]) => `/${[...segments, ...(greedy ? ['{rest+}'] : [])].join('/')}`),
  { minLength: 1, maxLength: 12 },
);

/** The slow, obvious implementation: every pattern as a regular expression. */
function matchesByExpression(pattern: string, path: string): boolean {
  const source = pattern.replaceAll('{p}', '[^/]+').replace('{rest+}', '[^/]+(/[^/]+)*');
  return new RegExp(`^${source}$`).test(path);
}

test('prefers literals from the left and misses no route, in any order of the patterns', () => {
  fc.assert(
    fc.property(patterns, fc.array(segment, { minLength: 1, maxLength: 5 }), (given, parts) => {
      const path = `/${parts.join('/')}`;
      const routes = given.map((pattern) => ({ pattern, functionName: pattern }));
      const found = matchUrlRoute(compileUrlRoutes(routes), path);
      assert.equal(matchUrlRoute(compileUrlRoutes(routes.toReversed()), path), found);
      const candidates = given.filter((pattern) => matchesByExpression(pattern, path));
      // "{" sorts after every letter and "{rest+}" after "{p}", so that the first in order is the most specific.
      assert.equal(found, candidates.sort()[0]);
    }),
  );
});
