import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { validate as isUuid } from 'uuid';
import { machineId } from '#lib/services/machine.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const quiet = { warn: () => undefined };

describe('the id of a machine', () => {
  it('is created once, readable by the service only, and the same for every later process', async () => {
    using scratch = scratchFolder();
    const folder = scratch.file('data');
    const id = machineId(folder, quiet);
    assert.ok(isUuid(id));
    assert.equal(machineId(folder, quiet), id);
    assert.equal((await readFile(join(folder, 'machine-id'), 'utf8')).trim(), id);
    assert.equal((await stat(join(folder, 'machine-id'))).mode & 0o777, 0o600);
  });

  it('differs between data folders', () => {
    using scratch = scratchFolder();
    assert.notEqual(machineId(scratch.file('a'), quiet), machineId(scratch.file('b'), quiet));
  });

  it('is recreated when the file contains none, as after a crash', async () => {
    using scratch = scratchFolder();
    await writeFile(scratch.file('machine-id'), '');
    const id = machineId(scratch.path, quiet);
    assert.ok(isUuid(id));
    assert.equal(machineId(scratch.path, quiet), id);
    assert.deepEqual(readdirSync(scratch.path), ['machine-id']);
  });

  it('is undefined, with a warning, when it cannot be stored', async () => {
    using scratch = scratchFolder();
    const file = scratch.file('file');
    await writeFile(file, '');
    const warnings: unknown[] = [];
    assert.equal(machineId(file, { warn: (...line: unknown[]) => void warnings.push(line) }), undefined);
    assert.equal(warnings.length, 1);
  });
});
