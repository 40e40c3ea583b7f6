import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeTable } from '../../deploy/sizes.ts';

const MEBIBYTE = 1 << 20;
const FULL = { name: 'full', zippedBytes: 80 * MEBIBYTE, unzippedBytes: 245 * MEBIBYTE };
const code = (unzippedBytes: number, layers = ['full']) => ({
  name: 'jobs',
  zippedBytes: MEBIBYTE,
  unzippedBytes,
  layers,
});

test('sizes are printed for people', () => {
  assert.deepEqual(sizeTable({ functions: [code(2.5 * MEBIBYTE)], layers: [FULL] }), [
    '  function                 zipped     unzipped  with layers',
    '  jobs                   1024 KiB     2560 KiB    247.5 MiB',
    '  layer',
    '  full                   80.0 MiB    245.0 MiB',
  ]);
});

test('a package over the limit of the platform is refused', () => {
  assert.throws(
    () => sizeTable({ functions: [code(6 * MEBIBYTE)], layers: [FULL] }),
    /jobs and its layers are 251.0 MiB/,
  );
  assert.doesNotThrow(() => sizeTable({ functions: [code(6 * MEBIBYTE, [])], layers: [FULL] }));
});
