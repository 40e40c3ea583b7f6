import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { v7 as uuid } from 'uuid';
import { createScratch, sweepScratch } from '#lib/jobs/run/scratch.ts';
import { processMark } from '#lib/work/process-mark.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { failureOf } from './support/failure.ts';

const attemptOf = (directory: string) => ({ directory, instance: uuid(), jobId: uuid(), attempt: 1 });

describe('the scratch folder of an attempt', () => {
  it('is named by instance, job, attempt and process, and only this user gets into it', async () => {
    using folder = scratchFolder();
    const attempt = attemptOf(folder.path);
    const scratch = await createScratch(attempt);
    const guard = dirname(scratch.path);
    assert.equal(guard, folder.file(`job-${attempt.instance}-${attempt.jobId}-1-${processMark()}`));
    assert.equal(statSync(guard).mode & 0o777, 0o700);
    // Another user that starts in the folder reads the inputs and writes outputs.
    assert.equal(statSync(join(scratch.path, 'inputs')).mode & 0o777, 0o755);
    assert.equal(statSync(join(scratch.path, 'outputs')).mode & 0o777, 0o777);
    await scratch.remove();
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('refuses what does not fit in the free space', async () => {
    using folder = scratchFolder();
    const scratch = await createScratch(attemptOf(folder.path));
    await scratch.requireRoom(1_000_000);
    assert.partialDeepStrictEqual(await failureOf(scratch.requireRoom(2 ** 60)), {
      code: 'OVERLOADED',
      recoverable: true,
      details: { reason: 'disk' },
    });
  });

  it('counts the bytes in its folders', async () => {
    using folder = scratchFolder();
    const scratch = await createScratch(attemptOf(folder.path));
    writeFileSync(join(scratch.path, 'outputs/a'), 'abc');
    writeFileSync(join(scratch.path, 'outputs/b'), 'de');
    assert.deepEqual([await scratch.bytesIn('inputs'), await scratch.bytesIn('outputs')], [0, 5]);
  });
});

describe('the sweep of scratch folders', () => {
  it('removes those of dead processes, and nothing else', async () => {
    using folder = scratchFolder();
    const ended = '4000000.1';
    const alive = uuid();
    const ofOtherMachine = `job-${alive}-${uuid()}-12-${ended}`;
    const ofKilledProcess = `job-${uuid()}-${uuid()}-1-${ended}`;
    for (const name of [ofOtherMachine, ofKilledProcess, 'job-of-somebody']) mkdirSync(folder.file(name));
    assert.equal(await sweepScratch(folder.path, new Set([alive])), 1);
    assert.deepEqual(readdirSync(folder.path).toSorted(), [ofOtherMachine, 'job-of-somebody'].toSorted());
    assert.equal(await sweepScratch(folder.file('none'), new Set()), 0);
  });

  it('leaves the folders of another system on this machine, whose database this one does not know', async () => {
    using folder = scratchFolder();
    const scratch = await createScratch(attemptOf(folder.path));
    assert.equal(await sweepScratch(folder.path, new Set()), 0);
    assert.deepEqual(readdirSync(scratch.path).toSorted(), ['inputs', 'outputs']);
  });
});
