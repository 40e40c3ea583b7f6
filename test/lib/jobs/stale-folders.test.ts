import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { it } from 'node:test';
import { removeStaleFolders } from '#lib/jobs/stale-folders.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

it('folders that killed processes have left are removed, and no others', async () => {
  using folder = scratchFolder();
  for (const name of ['preview-aB3dE6', 'probe-aB3dE6', 'job-1', 'preview-of-a-film']) mkdirSync(folder.file(name));
  writeFileSync(folder.file('preview-aB3dE6/input'), 'a');
  assert.equal(await removeStaleFolders(folder.path), 0);
  assert.equal(await removeStaleFolders(folder.path, Date.now() + 601_000), 2);
  assert.deepEqual(readdirSync(folder.path).toSorted(), ['job-1', 'preview-of-a-film']);
});
