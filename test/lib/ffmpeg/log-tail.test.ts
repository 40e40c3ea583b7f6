import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLogTail } from '#lib/ffmpeg/log-tail.ts';

describe('the log tail', () => {
  it('keeps the last lines in order', () => {
    const tail = createLogTail(3);
    for (const line of ['one', 'two', 'three', 'four', 'five']) tail.add(line);
    assert.deepEqual(tail.lines(), ['three', 'four', 'five']);
  });

  it('keeps 40 lines by default', () => {
    const tail = createLogTail();
    for (let line = 0; line < 1_000; line += 1) tail.add(String(line));
    assert.equal(tail.lines().length, 40);
    assert.equal(tail.lines().at(-1), '999');
  });

  it('reveals no secret', () => {
    const tail = createLogTail();
    tail.add("Output #0, flv, to 'rtmp://live.example/app/STREAMKEY':");
    tail.add('srt://example:6000?passphrase=PASSPHRASE: Connection refused');
    assert.doesNotMatch(tail.lines().join('\n'), /STREAMKEY|PASSPHRASE/);
    assert.match(tail.lines().join('\n'), /Connection refused|live\.example/);
  });
});
