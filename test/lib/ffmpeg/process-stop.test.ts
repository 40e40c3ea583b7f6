import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { decode } from '../../support/audio.ts';
import { gone } from '../../support/leaks.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { collect, readable, supervise } from '../../support/supervised-ffmpeg.ts';

const ENDLESS = ['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono'];
const RAW_TO_PIPE = ['-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:1'];

function fake(name: string): string {
  return new URL(`fakes/${name}`, import.meta.url).pathname;
}

/** Starts a program and waits until it has logged its first line. */
async function running(name: string, supervision: Parameters<typeof supervise>[1]) {
  const { promise: logged, resolve } = Promise.withResolvers<void>();
  const ffmpeg = supervise({ binary: fake(name), args: [], onLog: () => resolve() }, supervision);
  await logged;
  return ffmpeg;
}

describe('stopping ffmpeg', () => {
  it('ends it by SIGTERM', async () => {
    await using ffmpeg = supervise({ args: [...ENDLESS, ...RAW_TO_PIPE] });
    await readable(ffmpeg.output);
    ffmpeg.output.resume();
    assert.equal((await ffmpeg.stop()).kind, 'stopped');
    await gone([ffmpeg.pid], 0);
  });

  it('ends it by q with a complete file', async () => {
    using folder = scratchFolder();
    const file = folder.file('endless.flac');
    const { promise: progressed, resolve } = Promise.withResolvers<void>();
    await using ffmpeg = supervise(
      { args: ['-re', ...ENDLESS, file], onProgress: ({ outTimeSeconds }) => outTimeSeconds > 0 && resolve() },
      { by: 'q' },
    );
    await progressed;
    const outcome = await ffmpeg.stop();
    assert.equal(outcome.kind, 'stopped');
    assert.doesNotMatch(outcome.log.join('\n'), /received signal/);
    assert.equal(ffmpeg.progress().ended, true);
    const { rate, samples } = await decode(file);
    assert.equal(samples.length, Math.round(ffmpeg.progress().outTimeSeconds * rate));
  });

  it('kills a process that ignores SIGTERM after the grace period', async () => {
    await using ffmpeg = await running('ignores-sigterm', { graceMs: 300 });
    const asked = performance.now();
    assert.equal((await ffmpeg.stop()).kind, 'stopped');
    const took = performance.now() - asked;
    assert.ok(took >= 295, `${took} ms`);
    await gone([ffmpeg.pid], 0);
  });

  it('kills a process that ignores q after the grace period', async () => {
    await using ffmpeg = await running('ignores-sigterm', { by: 'q', graceMs: 100 });
    assert.equal((await ffmpeg.stop()).kind, 'stopped');
    await gone([ffmpeg.pid], 0);
  });

  it('kills a suspended process after the grace period', async () => {
    await using ffmpeg = supervise({ args: [...ENDLESS, ...RAW_TO_PIPE] }, { graceMs: 100 });
    await readable(ffmpeg.output);
    process.kill(ffmpeg.pid, 'SIGSTOP');
    assert.equal((await ffmpeg.stop()).kind, 'stopped');
    await gone([ffmpeg.pid], 0);
  });

  it('has no further effect the second time', async () => {
    await using ffmpeg = supervise({ args: [...ENDLESS, ...RAW_TO_PIPE] });
    await readable(ffmpeg.output);
    ffmpeg.output.resume();
    const [first, second] = await Promise.all([ffmpeg.stop(), ffmpeg.stop()]);
    assert.equal(first, second);
    assert.equal(first.kind, 'stopped');
  });

  it('can be cut short by a kill', async () => {
    await using ffmpeg = await running('ignores-sigterm', { graceMs: 600_000 });
    const stopped = ffmpeg.stop();
    assert.equal((await ffmpeg.kill()).kind, 'stopped');
    assert.equal((await stopped).kind, 'stopped');
  });

  it('ends it even before it has started', async () => {
    const ffmpeg = supervise({ args: [...ENDLESS, ...RAW_TO_PIPE] }, { graceMs: 1_000 });
    assert.equal((await ffmpeg.stop()).kind, 'stopped');
    await gone([ffmpeg.pid], 0);
  });

  it('changes nothing when it has already exited', async () => {
    await using ffmpeg = supervise({ args: [...ENDLESS, '-t', '0.1', ...RAW_TO_PIPE] });
    await collect(ffmpeg.output);
    const outcome = await ffmpeg.outcome;
    assert.equal(outcome.kind, 'finished');
    assert.equal(await ffmpeg.stop(), outcome);
    assert.equal(await ffmpeg.kill(), outcome);
  });

  it('is not needed when the writer closes its input', async () => {
    await using ffmpeg = supervise({
      args: ['-f', 's16le', '-ar', '8000', '-ac', '1', '-i', 'pipe:3', ...RAW_TO_PIPE],
      input: 'pipe',
    });
    ffmpeg.output.resume();
    ffmpeg.input?.end(Buffer.alloc(16_000));
    await once(ffmpeg.output, 'close');
    assert.equal((await ffmpeg.outcome).kind, 'finished');
  });
});
