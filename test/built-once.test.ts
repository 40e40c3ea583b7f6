import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { builtOnce } from './support/built-once.ts';
import { scratchFolder } from './support/scratch-folder.ts';

describe('what tests build once', { concurrency: false }, () => {
  const inRun = async (run: () => Promise<void>): Promise<void> => {
    using folder = scratchFolder();
    const before = process.env['TEST_BUILDS'];
    process.env['TEST_BUILDS'] = folder.path;
    try {
      await run();
    } finally {
      if (before === undefined) delete process.env['TEST_BUILDS'];
      else process.env['TEST_BUILDS'] = before;
    }
  };

  it('is built by one of those that need it at the same time, and used by all', async () => {
    await inRun(async () => {
      let builds = 0;
      const build = async (folder: string): Promise<void> => {
        builds += 1;
        writeFileSync(join(folder, 'number'), `${builds}`);
      };
      const folders = await Promise.all([builtOnce('a', build), builtOnce('a', build), builtOnce('a', build)]);
      for (const folder of folders) assert.equal(readFileSync(join(folder, 'number'), 'utf8'), '1');
      assert.equal(builds, 1);
    });
  });

  it('is built again after a builder has failed or died', async () => {
    await inRun(async () => {
      await assert.rejects(
        builtOnce('a', () => Promise.reject(new Error('no compiler'))),
        /no compiler/,
      );
      // Above the largest process id.
      writeFileSync(join(process.env['TEST_BUILDS'] ?? '', 'a.pid'), '4194305');
      const folder = await builtOnce('a', async (unfinished) => writeFileSync(join(unfinished, 'b'), ''));
      assert.ok(existsSync(join(folder, 'b')));
    });
  });
});
