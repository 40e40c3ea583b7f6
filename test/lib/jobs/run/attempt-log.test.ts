import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAttemptLogger } from '#lib/jobs/run/attempt-log.ts';

function logger() {
  const texts = { log: '', command: '' };
  return {
    texts,
    ...createAttemptLogger(({ part, text }) => {
      texts[part] += text;
    }),
  };
}

describe('the log of an attempt', () => {
  it('is written in batches, without secrets', () => {
    const { texts, line, flush, close } = logger();
    line('Input #0, from https://user:password@example.org/a.mp4?X-Amz-Signature=abcdef');
    assert.equal(texts.log, '');
    flush();
    line('the end');
    close();
    assert.match(texts.log, /^Input #0, from https:\/\/.*example\.org\/a\.mp4.*\nthe end\n$/);
    assert.doesNotMatch(texts.log, /password|abcdef/);
  });

  it('keeps the beginning and the end of a long one, within 256 KiB', () => {
    const { texts, line, flush, close } = logger();
    for (let number = 0; number < 20_000; number += 1) {
      line(`line ${number} ${'x'.repeat(40)}`);
      if (number % 1_000 === 0) flush();
    }
    close();
    assert.ok(texts.log.length <= 256 * 1024, `${texts.log.length}`);
    assert.ok(texts.log.length > 200 * 1024, `${texts.log.length}`);
    assert.match(texts.log, /^line 0 /);
    assert.match(texts.log, /\n… \d+ lines are left out …\n/);
    assert.match(texts.log, /line 19999 x+\n$/);
  });

  it('has the command lines apart, as a shell would need them', () => {
    const { texts, command } = logger();
    command('ffmpeg', ['-i', 'file:inputs/a', '-filter_complex', '[0:0]scale=160:90[v]', "it's", '']);
    assert.equal(texts.command, `ffmpeg -i file:inputs/a -filter_complex '[0:0]scale=160:90[v]' 'it'\\''s' ''\n`);
    for (let time = 0; time < 20; time += 1) command('ffmpeg', ['x'.repeat(50_000)]);
    assert.ok(texts.command.length <= 256 * 1024);
  });
});
