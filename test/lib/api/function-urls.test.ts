import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { PATHS } from '#lib/api/paths.ts';
import { ROUTES } from '#lib/api/routes.ts';
import type { RouteTable } from '#lib/http/route-entry.ts';

const { custom, functions } = parse(readFileSync('serverless.yml', 'utf8'), { logLevel: 'error' });
const tables: readonly (readonly [string, RouteTable])[] = Object.entries(ROUTES);

/** Function → its sorted paths. */
function byFunction(paths: readonly (readonly [path: string, name: string])[]): Record<string, string[]> {
  const groups = Map.groupBy(paths, ([, name]) => name);
  return Object.fromEntries(
    [...groups].map(([name, all]) => [name, [...new Set(all.map(([path]) => path))].toSorted()]),
  );
}

describe('the URLs of serverless.yml', () => {
  it('are the paths of the route tables, function by function', () => {
    const { '/{path+}': rest, ...paths } = custom.functionUrls;
    // Requests for other paths are refused by this function.
    assert.equal(rest, 'openapi');
    const routes = tables.flatMap(([name, table]) => Object.values(table).map(({ path }) => [path, name] as const));
    assert.deepEqual(byFunction(Object.entries(paths)), byFunction(routes));
  });

  it('exist for exactly the functions that have a URL', () => {
    const withUrl = Object.keys(functions).filter((name) => functions[name].url !== undefined);
    assert.deepEqual(tables.map(([name]) => name).toSorted(), withUrl.toSorted());
  });
});

describe('the route tables', () => {
  it('have each method of a path only once', () => {
    const all = tables.flatMap(([, table]) => Object.values(table).map(({ method, path }) => `${method} ${path}`));
    assert.equal(new Set(all).size, all.length);
  });

  it('use every path, and describe each of its parameters', () => {
    const all = tables.flatMap(([, table]) => Object.values(table));
    const paths = Object.values(PATHS).flatMap((resource) => Object.values(resource));
    assert.deepEqual([...new Set(all.map(({ path }) => path))].toSorted(), paths.toSorted());
    for (const { path, params = {} } of all) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      assert.deepEqual(Object.keys(params), names, path);
    }
  });

  it('start every path of a resource with its own path, as clients expect', () => {
    for (const { own, ...others } of [PATHS.transcodes, PATHS.health, PATHS.keys, PATHS.uploads]) {
      for (const path of Object.values(others)) assert.ok(path.startsWith(`${own}/`), path);
    }
  });
});
