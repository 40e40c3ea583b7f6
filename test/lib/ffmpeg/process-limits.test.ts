import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { gone } from '../../support/leaks.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { collect, readable, supervise } from '../../support/supervised-ffmpeg.ts';

const ENDLESS = ['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono'];
const RAW_TO_PIPE = ['-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:1'];
const RAW_INPUT = ['-f', 's16le', '-ar', '8000', '-ac', '1', '-i', 'pipe:3'];
const HANGS = new URL('fakes/hangs', import.meta.url).pathname;

describe('the limits of an ffmpeg process', () => {
  it('end a process that hangs silently: stalled', async () => {
    await using ffmpeg = supervise({ binary: HANGS, args: [] }, { stallMs: 300 });
    const outcome = await ffmpeg.outcome;
    assert.deepEqual(outcome, { kind: 'stalled', limitSeconds: 0.3, log: [] });
    await gone([ffmpeg.pid], 0);
  });

  it('end a process that is suspended in the middle: stalled', async () => {
    await using ffmpeg = supervise(
      { args: ['-re', ...ENDLESS, ...RAW_TO_PIPE] },
      // Longer than the time between two progress reports, and than the time to load.
      { stallMs: 2_000, graceMs: 100 },
    );
    await readable(ffmpeg.output);
    ffmpeg.output.resume();
    process.kill(ffmpeg.pid, 'SIGSTOP');
    assert.equal((await ffmpeg.outcome).kind, 'stalled');
  });

  it('end a process that gets no input: stalled', async () => {
    await using ffmpeg = supervise(
      { args: ['-f', 's16le', '-ar', '8000', '-ac', '1', '-i', 'pipe:3', ...RAW_TO_PIPE], input: 'pipe' },
      { stallMs: 500, graceMs: 100 },
    );
    ffmpeg.output.resume();
    ffmpeg.input?.write(Buffer.alloc(1_000));
    assert.equal((await ffmpeg.outcome).kind, 'stalled');
  });

  it('do not end a process that waits for its reader, however long', async () => {
    await using ffmpeg = supervise({ args: [...ENDLESS, '-t', '100', ...RAW_TO_PIPE] }, { stallMs: 500 });
    await eventually(() => assert.ok(ffmpeg.output.readableLength >= ffmpeg.output.readableHighWaterMark));
    // Four times the limit without a byte read: this tests the passing of time.
    assert.equal(await Promise.race([ffmpeg.outcome, delay(2_000, 'still there')]), 'still there');
    assert.equal((await collect(ffmpeg.output)).length, 1_600_000);
    assert.equal((await ffmpeg.outcome).kind, 'finished');
  });

  it('do not end a process that is slow but active', async () => {
    await using ffmpeg = supervise({ args: ['-re', ...ENDLESS, '-t', '3', ...RAW_TO_PIPE] }, { stallMs: 2_000 });
    ffmpeg.output.resume();
    assert.equal((await ffmpeg.outcome).kind, 'finished');
  });

  it('do not end a process that only writes a file', async () => {
    await using ffmpeg = supervise({ args: ['-re', ...ENDLESS, '-t', '3', '-f', 'null', '-'] }, { stallMs: 2_000 });
    assert.equal((await ffmpeg.outcome).kind, 'finished');
  });

  it('end a process that prints progress but whose input hangs: stalled', async () => {
    const told: number[] = [];
    await using ffmpeg = supervise(
      {
        // The other input continues, so ffmpeg keeps running.
        args: [...RAW_INPUT, ...ENDLESS, '-filter_complex', 'amerge', '-f', 's16le', 'pipe:1'],
        input: 'pipe',
        onProgress: ({ outTimeSeconds }) => told.push(outTimeSeconds),
      },
      { stallMs: 2_000, graceMs: 100 },
    );
    ffmpeg.output.resume();
    ffmpeg.input?.write(Buffer.alloc(100_000));
    assert.equal((await ffmpeg.outcome).kind, 'stalled');
    assert.ok(told.length >= 4, `progress was printed ${told.length} times`);
    assert.equal(told.at(-1), told.at(-3));
  });

  it('do not end a process that uses CPU but produces nothing', async () => {
    const discarding = ['-af', 'atrim=start_sample=10000000000000', ...RAW_TO_PIPE];
    const told: number[] = [];
    await using ffmpeg = supervise(
      {
        args: ['-f', 'lavfi', '-i', 'anoisesrc=r=8000', ...discarding],
        onProgress: ({ outTimeSeconds }) => told.push(outTimeSeconds),
      },
      { stallMs: 600 },
    );
    ffmpeg.output.resume();
    // More than three times the limit: this tests the passing of time.
    assert.equal(await Promise.race([ffmpeg.outcome, delay(2_000, 'still there')]), 'still there');
    assert.ok(told.length > 1 && told.every((seconds) => seconds === 0), told.join(' '));
  });

  it('do not end a process that reads but produces nothing', async () => {
    await using ffmpeg = supervise(
      { args: [...RAW_INPUT, '-af', 'atrim=start_sample=200000000', ...RAW_TO_PIPE], input: 'pipe' },
      { stallMs: 500, graceMs: 100 },
    );
    ffmpeg.output.resume();
    // Too little to count as work.
    const timer = setInterval(() => ffmpeg.input?.write(Buffer.alloc(1_600)), 100);
    const ended = await Promise.race([ffmpeg.outcome, delay(2_000, 'still there')]);
    clearInterval(timer);
    assert.equal(ended, 'still there');
    assert.equal((await ffmpeg.outcome).kind, 'stalled');
  });

  it('do not end a process whose file grows, but end it when the file stops growing: stalled', async () => {
    using folder = scratchFolder();
    const file = folder.file('growing.wav');
    await using ffmpeg = supervise(
      { args: [...RAW_INPUT, '-flush_packets', '1', file], input: 'pipe' },
      { stallMs: 1_500, graceMs: 100 },
    );
    const timer = setInterval(() => ffmpeg.input?.write(Buffer.alloc(16_000)), 250);
    const ended = await Promise.race([ffmpeg.outcome, delay(3_500, 'still there')]);
    clearInterval(timer);
    assert.equal(ended, 'still there');
    assert.ok(statSync(file).size > 0);
    assert.equal((await ffmpeg.outcome).kind, 'stalled');
    assert.ok(ffmpeg.progress().totalBytes > 100_000, `${ffmpeg.progress().totalBytes} bytes`);
    assert.deepEqual(await collect(ffmpeg.output), Buffer.alloc(0));
  });

  it('do not end a process that waits for its first input, if counting starts at the first progress', async () => {
    await using ffmpeg = supervise(
      { args: [...RAW_INPUT, ...RAW_TO_PIPE], input: 'pipe' },
      { stallMs: 600, from: 'first_progress', graceMs: 100 },
    );
    ffmpeg.output.resume();
    assert.equal(await Promise.race([ffmpeg.outcome, delay(3_000, 'still there')]), 'still there');
    ffmpeg.input?.write(Buffer.alloc(200_000));
    const since = performance.now();
    assert.deepEqual((await ffmpeg.outcome).kind, 'stalled');
    const took = performance.now() - since;
    assert.ok(took >= 600 && took < 3_000, `${took} ms`);
  });

  it('end a process that runs too long: timed out, with its output until then', async () => {
    await using ffmpeg = supervise({ args: ['-re', ...ENDLESS, ...RAW_TO_PIPE] }, { wallMs: 800 });
    const output = await collect(ffmpeg.output);
    const outcome = await ffmpeg.outcome;
    assert.ok(outcome.kind === 'timed_out' && outcome.limitSeconds === 0.8, outcome.kind);
    assert.ok(output.length > 0);
  });

  it('end a process that uses too much CPU time', async () => {
    await using ffmpeg = supervise({ args: [...ENDLESS, ...RAW_TO_PIPE] }, { cpuSeconds: 1, stallMs: 1_000 });
    ffmpeg.output.resume();
    const outcome = await ffmpeg.outcome;
    assert.ok(outcome.kind === 'out_of_cpu' && outcome.limitSeconds === 1, outcome.kind);
  });

  it('keep the outcome timed out when it is also stopped', async () => {
    await using ffmpeg = supervise({ binary: HANGS, args: [] }, { wallMs: 50 });
    assert.equal((await ffmpeg.outcome).kind, 'timed_out');
    assert.equal((await ffmpeg.stop()).kind, 'timed_out');
  });
});
