import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { describe, it } from 'node:test';
import type { Progress } from '#lib/ffmpeg/progress.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { collect, readable, supervise } from '../../support/supervised-ffmpeg.ts';

const SILENCE_2S = ['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono', '-t', '2'];
const RAW_TO_PIPE = ['-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:1'];
const FAKE_ARGS = ['-i', 'anything'];

function fake(name: string): string {
  return new URL(`fakes/${name}`, import.meta.url).pathname;
}

describe('an ffmpeg process', () => {
  it('produces its output and progress, and finishes', async () => {
    const told: Progress[] = [];
    await using ffmpeg = supervise({
      args: [...SILENCE_2S, ...RAW_TO_PIPE],
      onProgress: (progress) => told.push(progress),
    });
    const output = await collect(ffmpeg.output);
    const outcome = await ffmpeg.outcome;
    assert.equal(outcome.kind, 'finished');
    assert.equal(output.length, 2 * 8_000 * 2);
    assert.equal(ffmpeg.progress().outTimeSeconds, 2);
    assert.equal(ffmpeg.progress().totalBytes, output.length);
    assert.equal(ffmpeg.progress().ended, true);
    assert.deepEqual(told.at(-1), ffmpeg.progress());
  });

  it('reads its input from a pipe', async () => {
    await using ffmpeg = supervise({
      args: ['-f', 's16le', '-ar', '8000', '-ac', '1', '-i', 'pipe:3', ...RAW_TO_PIPE],
      input: 'pipe',
    });
    const input = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 251));
    ffmpeg.input?.end(input);
    assert.deepEqual(await collect(ffmpeg.output), input);
    assert.equal((await ffmpeg.outcome).kind, 'finished');
  });

  it('reads and writes extra descriptors', async () => {
    using folder = scratchFolder();
    const raw = ['-f', 's16le', '-ar', '8000', '-ac', '1'];
    const [one, two] = [Buffer.alloc(16_000, 1), Buffer.alloc(16_000, 2)];
    writeFileSync(folder.file('two.raw'), two);
    const fd = openSync(folder.file('two.raw'), 'r');
    await using ffmpeg = supervise({
      args: [
        ...[...raw, '-i', 'pipe:5', ...raw, '-i', 'pipe:6'],
        ...['-map', '0', ...RAW_TO_PIPE, '-map', '1', '-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:7'],
      ],
      extra: ['pipe', { fd }, 'pipe'],
    });
    closeSync(fd);
    const [input, file, output] = ffmpeg.extra;
    assert.ok(input && output && file === null);
    input.end(one);
    assert.deepEqual(await Promise.all([collect(ffmpeg.output), collect(output)]), [one, two]);
    assert.equal((await ffmpeg.outcome).kind, 'finished');
  });

  it('runs in its working directory, and may only write files', async () => {
    using folder = scratchFolder();
    await using ffmpeg = supervise({ args: [...SILENCE_2S, 'silence.wav'], workingDirectory: folder.path });
    assert.equal((await ffmpeg.outcome).kind, 'finished');
    assert.equal(readFileSync(folder.file('silence.wav')).subarray(0, 4).toString(), 'RIFF');
    assert.deepEqual(await collect(ffmpeg.output), Buffer.alloc(0));
  });

  it('fails with its exit code and last lines when it cannot do its work', async () => {
    const lines: string[] = [];
    await using ffmpeg = supervise({
      args: ['-f', 'lavfi', '-i', 'anullsrc', '-af', 'no_such_filter', ...RAW_TO_PIPE],
      onLog: (line) => lines.push(line),
    });
    const outcome = await ffmpeg.outcome;
    assert.ok(outcome.kind === 'failed', outcome.kind);
    assert.ok(outcome.exitCode !== null && outcome.exitCode > 0);
    assert.equal(outcome.signal, null);
    assert.match(outcome.log.join('\n'), /No such filter: 'no_such_filter'/);
    assert.deepEqual(outcome.log, lines.slice(-40));
  });

  it('reveals no secret from its log in its outcome', async () => {
    const secrets = [
      ...['-i', 'rtmp://127.0.0.1:1/app/STREAMKEY', '-i', 'srt://127.0.0.1:1?passphrase=PASSPHRASE'],
      ...['http://user:PASSWORD@127.0.0.1:1/a.mp3?token=TOKEN', '-headers', 'Authorization: Bearer BEARER'],
    ];
    await using ffmpeg = supervise({ binary: fake('exits-3'), args: secrets });
    const outcome = await ffmpeg.outcome;
    assert.ok(outcome.kind === 'failed' && outcome.exitCode === 3);
    assert.match(outcome.log.join('\n'), /argument: rtmp:\/\/127\.0\.0\.1:1\/app\//);
    assert.doesNotMatch(outcome.log.join('\n'), /STREAMKEY|PASSPHRASE|PASSWORD|TOKEN|BEARER/);
  });

  it('reveals no stream key when a real ffmpeg complains about its target', async () => {
    await using ffmpeg = supervise({ args: [...SILENCE_2S, '-f', 'flv', 'rtmp://127.0.0.1:1/app/STREAMKEY'] });
    const outcome = await ffmpeg.outcome;
    assert.equal(outcome.kind, 'failed');
    assert.match(outcome.log.join('\n'), /rtmp:\/\/127\.0\.0\.1:1\/app\//);
    assert.doesNotMatch(outcome.log.join('\n'), /STREAMKEY/);
  });

  it('fails with the signal when it crashes, and keeps its output before that', async () => {
    await using ffmpeg = supervise({ binary: fake('dies-midway'), args: FAKE_ARGS });
    const output = await collect(ffmpeg.output);
    const outcome = await ffmpeg.outcome;
    assert.equal(output.length, 100_000);
    assert.deepEqual(outcome, { kind: 'failed', exitCode: null, signal: 'SIGSEGV', log: ['about to crash'] });
  });

  it('fails with the reason when the program does not exist', async () => {
    await using ffmpeg = supervise({ binary: '/nowhere/ffmpeg', args: FAKE_ARGS });
    const outcome = await ffmpeg.outcome;
    assert.ok(outcome.kind === 'failed' && outcome.exitCode === 127);
    assert.match(outcome.log.join('\n'), /\/nowhere\/ffmpeg.*not found/);
  });

  it('is UNAVAILABLE at once when its launcher cannot be started', () => {
    assert.throws(
      () => supervise({ args: FAKE_ARGS, workingDirectory: '/nowhere' }),
      (error: { code?: string; details?: unknown }) => {
        assert.equal(error.code, 'UNAVAILABLE');
        assert.deepEqual(error.details, { part: 'ffmpeg' });
        return true;
      },
    );
  });

  it('inherits nothing from the host’s environment', async () => {
    process.env['HOST_SECRET'] = 'SECRET';
    await using ffmpeg = supervise({ binary: fake('prints-environment'), args: FAKE_ARGS });
    const environment = (await collect(ffmpeg.output)).toString();
    delete process.env['HOST_SECRET'];
    assert.match(environment, /^LC_ALL=C$/m);
    assert.doesNotMatch(environment, /SECRET/);
  });

  it('does not use up memory when it floods its log, and still reports its last lines', {
    timeout: 60_000,
  }, async () => {
    const before = process.memoryUsage.rss();
    let lines = 0;
    await using ffmpeg = supervise({ binary: fake('floods-log'), args: FAKE_ARGS, onLog: () => (lines += 1) });
    assert.equal((await collect(ffmpeg.output)).toString(), 'done');
    const outcome = await ffmpeg.outcome;
    assert.equal(outcome.kind, 'finished');
    assert.ok(lines > 1_000, `${lines} lines`);
    assert.equal(outcome.log.at(-1), 'the last line');
    const grown = (process.memoryUsage.rss() - before) / 1e6;
    assert.ok(grown < 150, `${grown} MB more than before`);
  });

  it('may exit before its output is read', async () => {
    await using ffmpeg = supervise({ args: [...SILENCE_2S, ...RAW_TO_PIPE] });
    // Node drops the output of a child that has exited unless it is being read.
    ffmpeg.output.on('readable', () => undefined);
    const outcome = await ffmpeg.outcome;
    assert.equal(outcome.kind, 'finished');
    assert.equal((await collect(ffmpeg.output)).length, 32_000);
  });

  it('lowers its priority on request, which is allowed after its exit as well', async () => {
    await using ffmpeg = supervise({ args: ['-f', 'lavfi', '-i', 'anullsrc', ...RAW_TO_PIPE] });
    await readable(ffmpeg.output);
    assert.equal(getPriority(ffmpeg.pid), getPriority());
    ffmpeg.yieldProcessor(7);
    assert.equal(getPriority(ffmpeg.pid), 7);
    await ffmpeg.kill();
    ffmpeg.yieldProcessor(7);
  });

  it('has the process id of the program itself', async () => {
    await using ffmpeg = supervise({ args: ['-f', 'lavfi', '-i', 'anullsrc', ...RAW_TO_PIPE] });
    await readable(ffmpeg.output);
    // The ffmpeg of the full layer follows its own loader.
    const [first, ...rest] = readFileSync(`/proc/${ffmpeg.pid}/cmdline`, 'utf8').split('\0');
    assert.doesNotMatch(first ?? '', /setpriv|sh$/);
    assert.ok([first, ...rest].includes(FFMPEG));
  });
});
