import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { decode, secondsOf } from '../../support/audio.ts';
import { freePorts } from '../../support/free-ports.ts';
import { type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, noise } from '../../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { readAudio, testClient } from '../support/client.ts';
import { packedClient } from '../support/packed-client.ts';
import { type Service, startService } from '../support/service.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

const cleanUp = new AsyncDisposableStack();
let folder: ScratchFolder;
/** A folder in which only the package is installed. */
let consumer: string;
let source: HttpSource;
let service: Service;
let whole: Buffer;

before(async () => {
  folder = cleanUp.use(scratchFolder());
  consumer = folder.file('consumer');
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const quiet = ['--offline', '--no-audit', '--no-fund', '--cache', folder.file('cache')];
  await run('npm', ['install', ...quiet, await packedClient()], { cwd: consumer });
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', 6), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  source = cleanUp.use(await startHttpSource(serve(mp3)));
  service = cleanUp.use(await startService({ SOURCE_ALLOWED_NETWORKS: source.network }));
  using client = testClient({ baseUrl: service.url });
  whole = (await readAudio(await client.transcode({ source_url: source.origin, output_format: 'pcm' }))).bytes;
});
after(() => cleanUp.disposeAsync());

const installed = () => join(consumer, 'node_modules', packageJson.name);

/** Returns the Node of the project, and the machine's own if that is different. */
function nodes(): Map<string, string> {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  const own = findOnPath('node', path.join(delimiter));
  const found = [process.execPath, ...(own === undefined ? [] : [own])].map((file) => realpathSync(file));
  return new Map([...new Set(found)].map((file, index) => [index === 0 ? 'this Node' : 'the machine’s Node', file]));
}

const USE = `
import { createHash } from 'node:crypto';
import { AppError, createClient, frames } from 'ffmpeg-functions/client';

const [service, source] = process.argv.slice(2);
// A busy machine must not cause a fallback.
const patience = 60_000;
const timeouts = { firstAudioMs: patience, silenceMs: patience, behindMs: patience, giveUpMs: patience };
const fallback = { sourceAllowedNetworks: ['127.0.0.0/8'] };
const client = createClient({ baseUrl: service, timeouts, fallback, log: { warn() {} } });
const hash = createHash('sha256');
const stream = await client.transcode({ source_url: source, output_format: 'pcm' });
for await (const chunk of stream) hash.update(chunk);
let count = 0;
const short = await client.transcode({ source_url: source, output_format: 'pcm', duration: 0.5 });
for await (const frame of frames(short)) count += frame.length === 1920;
const wrong = await client.transcode({ source_url: source, output_format: 'mp3' }).catch((error) => error);
const { code } = wrong instanceof AppError && wrong;
client.close();
console.log(JSON.stringify({ via: stream.via, sha256: hash.digest('hex'), count, code }));
`;

describe('the package', { concurrency: 2 }, () => {
  it('contains the client and the command, nothing of the service, and has no dependencies', () => {
    const files = readdirSync(installed()).map((name) => name.replace(/^shared-\w{8}\./, 'shared-HASH.'));
    assert.deepEqual(files.toSorted(), [
      'LICENSE',
      'README.md',
      'THIRD-PARTY-LICENCES.txt',
      'client.d.ts',
      'client.js',
      'ffn.js',
      'package.json',
      'shared-HASH.js',
    ]);
    assert.deepEqual(
      readdirSync(join(consumer, 'node_modules')).filter((name) => !name.startsWith('.')),
      [packageJson.name],
    );
    const scripts = files.filter((name) => name.endsWith('.js')).length;
    assert.equal(scripts, 3);
    for (const name of readdirSync(installed()).filter((file) => file.endsWith('.js'))) {
      const text = readFileSync(join(installed(), name), 'utf8');
      const imported = [...text.matchAll(/(?<!")\b(?:from|import|import\()\s*"([^"]+)"/g)].map(([, name = '']) => name);
      assert.ok(imported.length > 0);
      assert.deepEqual(
        imported.filter((specifier) => !/^(?:node:|\.\/)/.test(specifier)),
        [],
      );
      for (const word of ['kysely', 'middy', 'aws-sdk', 'pino', 'DATABASE_URL', 'prom-client', 'LISTEN '])
        assert.ok(!text.includes(word), `${name} contains ${word}`);
    }
    const licences = readFileSync(join(installed(), 'THIRD-PARTY-LICENCES.txt'), 'utf8');
    for (const name of ['cockatiel', 'uuid', 'zod']) assert.match(licences, new RegExp(`^${name}$`, 'm'));
  });

  for (const [name, node] of nodes()) {
    it(`works in a program, with and without the service (${name})`, async (t) => {
      t.diagnostic((await run(node, ['--version'])).stdout.trim());
      writeFileSync(join(consumer, 'use.js'), USE);
      const [port] = await freePorts(1);
      const sha256 = createHash('sha256').update(whole).digest('hex');
      for (const [via, url] of Object.entries({ service: service.url, fallback: `http://127.0.0.1:${port}` })) {
        const { stdout, stderr } = await run(node, ['use.js', url, source.origin], { cwd: consumer });
        assert.deepEqual(JSON.parse(stdout), { via, sha256, count: 50, code: 'VALIDATION_ERROR' });
        assert.equal(stderr, '');
      }
    });

    it(`provides the command ffn (${name})`, async () => {
      const ffn = join(consumer, 'node_modules', '.bin', 'ffn');
      const output = folder.file(`${node.replaceAll('/', '-')}.aac`);
      const args = [ffn, 'transcode', source.origin, '-o', output, '--speed', '2', '--patience', '60'];
      const settings = { cwd: consumer, env: { ...process.env, FFN_URL: service.url } };
      const { stderr } = await run(node, args, settings);
      assert.match(stderr, /by the service\n$/);
      const seconds = secondsOf(await decode(output));
      assert.ok(Math.abs(seconds - 3) < 0.1, `${seconds} s`);
      assert.equal((await run(node, [ffn, '--version'], settings)).stdout, `${packageJson.version}\n`);
    });
  }

  it('provides the command ffn for npx', async () => {
    const { stdout } = await run('npx', ['--offline', 'ffn', 'health', '--json'], {
      cwd: consumer,
      env: { ...process.env, FFN_URL: service.url, npm_config_cache: folder.file('cache') },
    });
    assert.equal(JSON.parse(stdout).status, 'healthy');
  });

  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    it(`has types that work in a strict program (${moduleResolution})`, async () => {
      const project = folder.file(`types-${moduleResolution}`);
      mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
      symlinkSync(installed(), join(project, 'node_modules', packageJson.name));
      for (const name of ['@types/node', 'undici-types'])
        symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
      writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
      writeFileSync(join(project, 'use.ts'), TYPED);
      const compilerOptions = {
        ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, target: 'es2024' },
        ...{ module, moduleResolution, types: ['node'], preserveSymlinks: true },
      };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
      const { stdout } = await run(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', project]).catch(
        (error: { stdout: string }) => error,
      );
      assert.equal(stdout, '');
    });
  }
});

const TYPED = `
import {
  type AudioStream, type Client, type ClientOptions, type TranscodeRequest, AppError, createClient, frames,
} from 'ffmpeg-functions/client';

const options: ClientOptions = { baseUrl: 'http://127.0.0.1:8090', credentials: { token: async () => 'x' } };
const client: Client = createClient(options);
const request: TranscodeRequest = { source_url: 'https://example.org/a.mp3', output_format: 'pcm', filters: { speed: 1.5 } };
const stream: AudioStream = await client.transcode(request, { signal: AbortSignal.timeout(1) });
stream.events.on('leg', ({ via, positionSeconds }) => [via satisfies 'service' | 'fallback', positionSeconds.toFixed()]);
for await (const frame of frames(stream)) frame.readInt16LE(0);
const { filters, applied_at_sample } = await client.setFilters(stream.id, { equalizer: [1, 2], volume: 0.5 });
filters.volume.toFixed(applied_at_sample);
const list = await client.playlist(['a', { source_url: 'b', start_at: 3 }], { output_format: 'opus' });
list.events.on('skipped', ({ error }) => error.recoverable satisfies boolean);
const isBusy = (error: unknown): boolean => error instanceof AppError && error.code === 'OVERLOADED';
isBusy(1);
// @ts-expect-error: the format does not exist.
const wrong: TranscodeRequest = { source_url: 'a', output_format: 'mp3' };
// @ts-expect-error: speed is a number.
stream.setFilters({ speed: 'fast' });
// @ts-expect-error: the error code does not exist.
isBusy(new AppError('NO_SUCH'));
export { wrong };
`;
