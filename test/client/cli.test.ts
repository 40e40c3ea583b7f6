import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { type S3Server, startS3Server } from '../lib/sources/support/s3-server.ts';
import { assertValidOpus, decode, OPUSINFO_MISSING, secondsOf } from '../support/audio.ts';
import { freePorts } from '../support/free-ports.ts';
import { answer, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';
import { readAudio, testClient } from './support/client.ts';
import { type FfnOptions, runFfn, startFfn } from './support/ffn.ts';
import { installPackage } from './support/package.ts';
import { type Service, startService } from './support/service.ts';

const SECONDS = 10;
const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let s3: S3Server;
let service: Service;
let mp3: Buffer;
let folder: ScratchFolder;
let command: string;
/** Where nobody listens. */
let away: string;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      if (request.url === '/missing') answer(404)(request, response);
      else if (request.url === '/text') answer(200, {}, 'no music here, only words'.repeat(100))(request, response);
      else serve(mp3)(request, response);
    }),
  );
  s3 = cleanUp.use(await startS3Server(['own']));
  service = cleanUp.use(await startService({ ...bucket(), SOURCE_ALLOWED_NETWORKS: source.network }));
  folder = cleanUp.use(scratchFolder());
  const installed = cleanUp.use(scratchFolder());
  command = await installPackage(installed.path);
  const [port] = await freePorts(1);
  away = `http://127.0.0.1:${port}`;
});
after(() => cleanUp.disposeAsync());

function bucket() {
  const { endpoint = '', credentials } = s3.options;
  return {
    S3_BUCKET: 'own',
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  };
}

const at = (url: string): FfnOptions => ({ ffn: command, settings: { FFN_URL: url }, cwd: folder.path });
const run = (...args: string[]) => runFfn(args, at(service.url));
/** A folder of a test's own, below the one in which the command runs. */
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
  it('writes a file, and says how it went in plain lines', { skip: OPUSINFO_MISSING }, async () => {
    const out = subfolder('plain');
    const options = ['--speed', '1.25', '--eq', 'bass_boost', '--pitch', '-1'];
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

  it('gives standard output the audio and nothing else', async () => {
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

  it('ends quickly, and in one line, when whoever reads it leaves', async () => {
    const args = ['transcode', `${source.origin}/a.mp3`, '-o', '-', '--format', 'pcm'];
    const exit = await runFfn(args, { ...at(service.url), behind: '| head -c 10 > /dev/null' });
    assert.equal(exit.code, 4);
    assert.match(exit.stderr, /^ffn: .*EPIPE.*\n$|^$/);
  });

  it('tells programs in JSON, an object a line', async () => {
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

  it('draws a bar on a terminal', { skip: process.platform !== 'linux' }, async () => {
    const args = [
      'transcode',
      `${source.origin}/a.mp3`,
      '-o',
      'bar.opus',
      '--live',
      '--patience',
      '10',
      '--duration',
      '4',
    ];
    const exit = await runFfn(args, { ...at(service.url), onTerminal: true });
    assert.equal(exit.code, 0, exit.stdout.toString());
    assert.match(exit.stdout.toString(), /\r\[█+·+\] +\d+ % {2}0:0\d of 0:04/);
  });

  it('uploads a file of this machine', async () => {
    await writeFile(folder.file('own file.mp3'), mp3);
    const exit = await run('transcode', 'own file.mp3', '-o', 'own.opus', '--json');
    assert.equal(exit.code, 0, exit.stderr);
    const [uploaded] = exit.lines();
    assert.equal(uploaded?.['event'], 'source');
    assert.match(String(uploaded?.['source_url']), /^s3:\/\/own\/uploads\//);
    assert.equal(exit.lines().at(-1)?.['via'], 'service');
    assert.equal(secondsOf(await decode(folder.file('own.opus'))).toFixed(1), SECONDS.toFixed(1));
  });

  it('uploads a large one in parts', async () => {
    const bytes = 65 * 1_048_576;
    const wav = Buffer.alloc(bytes);
    wav.write('RIFF', 0);
    wav.writeUInt32LE(bytes - 8, 4);
    wav.write('WAVEfmt ', 8);
    wav.set([16, 0, 0, 0, 1, 0, 2, 0, 0x80, 0xbb, 0, 0, 0, 0xee, 2, 0, 4, 0, 16, 0], 16);
    wav.write('data', 36);
    wav.writeUInt32LE(bytes - 44, 40);
    await writeFile(folder.file('large.wav'), wav);
    const exit = await run('transcode', 'large.wav', '-o', 'large.pcm', '--start', '0:10', '--duration', '1', '--json');
    assert.equal(exit.code, 0, exit.stderr);
    assert.equal(exit.lines()[0]?.['via'], 'upload', exit.stdout.toString());
    assert.equal(exit.lines().at(-1)?.['via'], 'service');
    assert.equal(readFileSync(folder.file('large.pcm')).length, 48_000 * 4);
  });

  it('plays a file by the local ffmpeg where it cannot be uploaded, and says so', async () => {
    await writeFile(folder.file('local 100%.mp3'), mp3);
    const args = ['transcode', 'local 100%.mp3', '-o', 'local.pcm', '--duration', '3'];
    const exit = await runFfn(args, at(away));
    assert.equal(exit.code, 0, exit.stderr);
    assert.match(exit.stderr, /^warning: not uploaded \(.*ECONNREFUSED.*\): the local ffmpeg reads /m);
    assert.match(exit.stderr, /by the local ffmpeg$/m);
    assert.ok(readFileSync(folder.file('local.pcm')).equals(await wholePcm(3)));
  });

  it('goes on with the file itself when the service that has it dies', async () => {
    await using other = await startService(bucket());
    await writeFile(folder.file('dies.mp3'), mp3);
    const args = ['transcode', 'dies.mp3', '-o', 'dies.pcm', '--live', '--patience', '10', '--duration', '5', '--json'];
    await using running = startFfn(args, at(other.url));
    await running.says(/"progress"/);
    await other.kill();
    const exit = await running.exited;
    assert.equal(exit.code, 0, exit.stderr);
    const [uploaded, started, ...rest] = exit.lines();
    assert.deepEqual([uploaded?.['via'], started?.['via'], rest.at(-1)?.['via']], ['upload', 'service', 'fallback']);
    assert.ok(rest.some(({ event, message }) => event === 'warning' && message === 'the local ffmpeg plays'));
    assert.equal(readFileSync(folder.file('dies.pcm')).length, 5 * 48_000 * 4);
  });

  it('leaves no half file when it is interrupted, unless that is wanted', async () => {
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
      const { code: told, message } = JSON.parse(stderr);
      assert.deepEqual([told, message], ['INTERRUPTED', 'interrupted']);
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
