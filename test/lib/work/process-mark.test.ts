import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { isRunning, PROCESS_MARK, processMark } from '#lib/work/process-mark.ts';

describe('the mark of a process', () => {
  it('is found while the process runs', () => {
    assert.match(processMark(), new RegExp(`^${PROCESS_MARK}$`));
    assert.equal(isRunning(processMark()), true);
  });

  it('is not that of another process with the same id', () => {
    const [pid = '', start = ''] = processMark().split('.');
    assert.equal(isRunning(`${pid}.${Number(start) + 1}`), false);
  });

  it('is not found when the process has ended', async () => {
    const child = spawn('true');
    await once(child, 'close');
    assert.equal(isRunning(`${child.pid}.0`), false);
  });

  it('is not found in a text that is no mark', () => {
    for (const text of ['', '.', 'a.b', '-1.0', '99999999999.0']) assert.equal(isRunning(text), false, text);
  });
});
