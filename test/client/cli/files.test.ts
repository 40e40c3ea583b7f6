import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { type S3Server, startS3Server } from '../../lib/sources/support/s3-server.ts';
import { decode, secondsOf } from '../../support/audio.ts';
import { freePorts } from '../../support/free-ports.ts';
import { type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, noise } from '../../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { readAudio, testClient } from '../support/client.ts';
import { type FfnOptions, runFfn, startFfn } from '../support/ffn.ts';
import { installPackage } from '../support/package.ts';
import { type Service, startService } from '../support/service.ts';

const SECONDS = 10;
const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let s3: S3Server;
let service: Service;
let mp3: Buffer;
let folder: ScratchFolder;
let command: string;
/** A URL at which no service listens. */
let away: string;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  source = cleanUp.use(await startHttpSource(serve(mp3)));
  s3 = cleanUp.use(await startS3Server(['own']));
  service = cleanUp.use(await startService({ ...bucket(), SOURCE_ALLOWED_NETWORKS: source.network }));
  folder = cleanUp.use(scratchFolder());
  command = await installPackage(cleanUp.use(scratchFolder()).path);
  const [port] = await freePorts(1);
  away = `http://127.0.0.1:${port}`;
});
after(() => cleanUp.disposeAsync());

const bucket = () => ({ S3_BUCKET: 'own', ...s3.settings });

const at = (url: string): FfnOptions => ({ ffn: command, settings: { FFN_URL: url }, cwd: folder.path });
const run = (...args: string[]) => runFfn(args, at(service.url));

async function wholePcm(seconds: number): Promise<Buffer> {
  using client = testClient({ baseUrl: service.url });
  const request = { source_url: source.origin, output_format: 'pcm', duration: seconds } as const;
  return (await readAudio(await client.transcode(request))).bytes;
}

describe('ffn transcode of a local file', { concurrency: 3 }, () => {
  it('uploads it', async () => {
    await writeFile(folder.file('own file.mp3'), mp3);
    const exit = await run('transcode', 'own file.mp3', '-o', 'own.opus', '--json');
    assert.equal(exit.code, 0, exit.stderr);
    const [uploaded] = exit.lines();
    assert.equal(uploaded?.['event'], 'source');
    assert.match(String(uploaded?.['source_url']), /^s3:\/\/own\/uploads\//);
    assert.equal(exit.lines().at(-1)?.['via'], 'service');
    assert.equal(secondsOf(await decode(folder.file('own.opus'))).toFixed(1), SECONDS.toFixed(1));
  });

  it('uploads a large file in parts', async () => {
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

  it('falls back to the local ffmpeg with a warning when the upload fails', async () => {
    await writeFile(folder.file('local 100%.mp3'), mp3);
    const args = ['transcode', 'local 100%.mp3', '-o', 'local.pcm', '--duration', '3'];
    const exit = await runFfn(args, at(away));
    assert.equal(exit.code, 0, exit.stderr);
    assert.match(exit.stderr, /^warning: upload to http:\S+ failed \(.*ECONNREFUSED.*\): the local ffmpeg reads /m);
    assert.match(exit.stderr, /by the local ffmpeg$/m);
    assert.ok(readFileSync(folder.file('local.pcm')).equals(await wholePcm(3)));
  });

  it('continues with the local file when the service dies', async () => {
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
    assert.ok(rest.some(({ event, message }) => event === 'warning' && message === 'falling back to the local ffmpeg'));
    assert.equal(readFileSync(folder.file('dies.pcm')).length, 5 * 48_000 * 4);
  });
});
