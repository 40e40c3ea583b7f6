import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { assertValidOpus, decode, OPUSINFO_MISSING, secondsOf } from '../../support/audio.ts';
import { answer, type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, noise } from '../../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { readAudio, testClient } from '../support/client.ts';
import { type FfnOptions, runFfn, startFfn } from '../support/ffn.ts';
import { installPackage } from '../support/package.ts';
import { type Service, startService } from '../support/service.ts';

const SECONDS = 10;
const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let service: Service;
let folder: ScratchFolder;
let command: string;

before(async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      if (request.url === '/text') answer(200, {}, 'no music here, only words'.repeat(100))(request, response);
      else serve(mp3)(request, response);
    }),
  );
  service = cleanUp.use(await startService({ SOURCE_ALLOWED_NETWORKS: source.network }));
  folder = cleanUp.use(scratchFolder());
  const installed = cleanUp.use(scratchFolder());
  command = await installPackage(installed.path);
});
after(() => cleanUp.disposeAsync());

const at = (url: string): FfnOptions => ({ ffn: command, settings: { FFN_URL: url }, cwd: folder.path });
const run = (...args: string[]) => runFfn(args, at(service.url));
/** Creates a folder for one test below the folder in which the command runs. */
function subfolder(name: string): string {
  mkdirSync(folder.file(name));
  return name;
}

async function wholePcm(seconds: number): Promise<Buffer> {
  using client = testClient({ baseUrl: service.url });
  const request = { source_url: `${source.origin}/a.mp3`, output_format: 'pcm', duration: seconds } as const;
  return (await readAudio(await client.transcode(request))).bytes;
}

describe('ffn transcode', { concurrency: 3 }, () => {
  it('writes a file and prints a summary as plain text', { skip: OPUSINFO_MISSING }, async () => {
    const out = subfolder('plain');
    // On a busy machine, the service may encode more slowly than real time.
    const options = ['--speed', '1.25', '--eq', 'bass_boost', '--pitch', '-1', '--patience', '60'];
    const exit = await run('transcode', `${source.origin}/a.mp3`, '-o', `${out}/a.opus`, ...options);
    assert.equal(exit.code, 0, exit.stderr);
    assert.equal(exit.stdout.length, 0);
    assert.match(exit.stderr, /^.*a\.opus: 0:10 of the source, [\d.]+ kB, in [\d.]+ s by the service$/m);
    assert.ok(!exit.stderr.includes('\x1b'));
    assert.deepEqual(readdirSync(folder.file(out)), ['a.opus']);
    await assertValidOpus(folder.file(`${out}/a.opus`));
    const seconds = secondsOf(await decode(folder.file(`${out}/a.opus`)));
    assert.ok(Math.abs(seconds - SECONDS / 1.25) < 0.1, `${seconds} s`);
  });

  it('writes only the audio to standard output', async () => {
    const args = ['transcode', `${source.origin}/a.mp3`, '-o', '-', '--format', 'pcm', '--duration', '0:03', '--json'];
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.equals(await wholePcm(3)));
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event);
    assert.deepEqual([events[0], events.at(-1)], ['started', 'done']);
  });

  it('ends at once with a one-line error when the reader of its output closes it', async () => {
    const args = ['transcode', `${source.origin}/a.mp3`, '-o', '-', '--format', 'pcm'];
    const left = { ...at(service.url), behind: '| head -c 10 > /dev/null' };
    const exit = await runFfn(args, left);
    assert.equal(exit.code, 4);
    assert.equal(exit.stderr, 'ffn: standard output cannot be written (EPIPE)\n');
    const json = await runFfn([...args, '--json'], left);
    assert.equal(json.code, 4);
    const { event, code, message } = JSON.parse(json.stderr.trimEnd().split('\n').at(-1) ?? '');
    assert.deepEqual([event, code, message], ['error', 'LOCAL', 'standard output cannot be written (EPIPE)']);
  });

  it('prints JSON with one object per line with --json', async () => {
    const args = [
      'transcode',
      `${source.origin}/a.mp3`,
      '-o',
      'json.aac',
      '--live',
      '--patience',
      '10',
      '--duration',
      '4',
      '--json',
    ];
    const exit = await run(...args);
    assert.equal(exit.code, 0, exit.stderr);
    assert.equal(exit.stderr, '');
    const [started, ...rest] = exit.lines();
    const done = rest.pop();
    assert.deepEqual([started?.['event'], started?.['via'], started?.['output']], ['started', 'service', 'json.aac']);
    assert.ok(rest.length > 0);
    for (const { event, percent } of rest) {
      assert.equal(event, 'progress');
      assert.ok(typeof percent === 'number' && percent > 0 && percent <= 100, String(percent));
    }
    assert.equal(done?.['bytes'], readFileSync(folder.file('json.aac')).length);
    assert.equal(done?.['id'], started?.['id']);
  });

  it('leaves no incomplete file when it is interrupted, except with --keep', async () => {
    const out = subfolder('interrupted');
    for (const [options, left] of [
      [[], []],
      [['--keep'], ['a.opus']],
    ] as const) {
      const args = ['transcode', `${source.origin}/a.mp3`, '-o', `${out}/a.opus`, '--live', '--json', ...options];
      await using running = startFfn(args, at(service.url));
      await running.says(/"progress"/);
      running.interrupt();
      const { code, stderr } = await running.exited;
      assert.equal(code, 130);
      const { code: errorCode, message } = JSON.parse(stderr);
      assert.deepEqual([errorCode, message], ['INTERRUPTED', 'interrupted']);
      assert.deepEqual(readdirSync(folder.file(out)), left);
    }
    assert.ok(secondsOf(await decode(folder.file(`${out}/a.opus`))) > 1);
  });

  it('replaces a file only when the new one is complete', async () => {
    writeFileSync(folder.file('kept.opus'), 'as it was');
    const exit = await run('transcode', `${source.origin}/text`, '-o', 'kept.opus');
    assert.equal(exit.code, 1);
    assert.equal(readFileSync(folder.file('kept.opus'), 'utf8'), 'as it was');
  });
});
