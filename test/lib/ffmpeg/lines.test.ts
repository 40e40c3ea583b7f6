import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readLines } from '#lib/ffmpeg/lines.ts';

/** Returns the lines for these chunks. */
async function linesOf(chunks: readonly (Buffer | string)[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  readLines(stream, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
  return lines;
}

describe('readLines', () => {
  it('returns each line, ended by \\n, \\r or both, and the last one without an end', async () => {
    assert.deepEqual(await linesOf(['one\ntwo\rthree\r\nfour\n\n\nfive']), ['one', 'two', 'three', 'four', 'five']);
  });

  it('joins lines that arrive in pieces, also within a character', async () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/[\r\n]/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), async (lines, size) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        assert.deepEqual(await linesOf(chunks), lines);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps 2000 characters of a line without an end', async () => {
    const chunks = Array.from({ length: 500 }, () => 'x'.repeat(10_000));
    assert.deepEqual(await linesOf([...chunks, '\nafter\n']), ['x'.repeat(2_000), 'after']);
  });

  it('parses only the end of a large chunk', async () => {
    const flood = Array.from({ length: 10_000 }, (_, index) => `line ${index}\n`).join('');
    const lines = await linesOf([flood]);
    assert.ok(lines.length < 3_000, `${lines.length} lines`);
    assert.equal(lines.at(-1), 'line 9999');
  });

  it('returns no line without its beginning, which redaction needs', async () => {
    const line = `${'-'.repeat(90)} rtmp://live.example/app/STREAMKEY: broken pipe\n`;
    for (let shift = 0; shift < line.length; shift += 1) {
      const lines = await linesOf([`${line.repeat(200)}${'-'.repeat(shift)}\n`]);
      for (const given of lines.slice(0, -1)) assert.ok(given.startsWith('-') && given.includes('rtmp://'), given);
    }
  });

  it('treats an error of the stream as its end', async () => {
    const stream = new PassThrough();
    const lines: string[] = [];
    readLines(stream, (line) => lines.push(line));
    stream.write('one\n');
    stream.destroy(new Error('broken'));
    await assert.rejects(finished(stream), /broken/);
    assert.deepEqual(lines.length <= 1, true);
  });
});
