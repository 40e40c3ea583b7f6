import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '#lib/log.ts';

/** Returns a log and the lines that it has written. */
function memoryLog(level = 'info') {
  const written: string[] = [];
  const log = createLog({ level, destination: { write: (line) => void written.push(line) } });
  return { log, written, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('the log', () => {
  it('writes one JSON object per line, with level, time and message', () => {
    const { log, written, lines } = memoryLog();
    log.info({ bytes: 5 }, 'transcode');
    log.warn('two\nlines');
    assert.equal(written.length, 2);
    for (const line of written) assert.match(line, /^[^\n]+\n$/);
    const [first] = lines();
    assert.deepEqual({ ...first, time: '' }, { level: 'info', time: '', bytes: 5, msg: 'transcode' });
    assert.equal(new Date(String(first?.['time'])).toISOString(), first?.['time']);
  });

  it('leaves out messages below its level', () => {
    const { log, written } = memoryLog('warn');
    log.debug('no');
    log.info('no');
    log.warn('yes');
    log.error('yes');
    assert.equal(written.length, 2);
    const silent = memoryLog('silent');
    silent.log.error('no');
    assert.deepEqual(silent.written, []);
  });

  it('writes no secret from the message, a field, a nested value or an error', () => {
    const { log, written } = memoryLog();
    log.info({ headers: { authorization: 'SECRET1' }, list: ['https://h/?SECRET2'] }, 'passphrase=SECRET3');
    log.error({ err: new Error('GET https://u:SECRET4@h/', { cause: new Error('token: SECRET5') }) }, 'failed');
    log.info('rtmp://h/app/SECRET6 Bearer SECRET7');
    assert.doesNotMatch(written.join(''), /SECRET/);
    assert.match(written.join(''), /\[redacted\]/);
  });

  it('writes an error with its stack', () => {
    const { log, lines } = memoryLog();
    log.error({ err: new TypeError('a defect') }, 'request');
    const err = lines()[0]?.['err'] as Record<string, string> | undefined;
    assert.equal(err?.['type'], 'TypeError');
    assert.equal(err?.['message'], 'a defect');
    assert.match(err?.['stack'] ?? '', /log\.test\.ts/);
  });
});
