import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { GROUPS } from './groups.ts';

const TESTS = new URL('../../../client/python/tests/', import.meta.url);

test('every Python test module is run by one file, and every group has a file', () => {
  const modules = readdirSync(TESTS).filter((name) => /^test_.*\.py$/.test(name));
  const grouped = Object.values(GROUPS).flatMap((names) => names.map((name) => `test_${name}.py`));
  assert.deepEqual(grouped.toSorted(), modules.toSorted());
  const files = readdirSync(import.meta.dirname);
  for (const group of Object.keys(GROUPS)) assert.ok(files.includes(`${group}.test.ts`), group);
});
