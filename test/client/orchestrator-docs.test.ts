import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makePackageFolder } from '../../client/build/package-folder.ts';
import { EXIT } from '../../client/cli/exit-codes.ts';
import { BREAKER } from '../../client/options.ts';
import { TIMEOUTS } from '../../client/stream/timeouts.ts';
import { type S3Server, startS3Server } from '../lib/sources/support/s3-server.ts';
import { MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import { freePorts } from '../support/free-ports.ts';
import { answer, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, tone } from '../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';
import { PYTHON, PYTHON_MISSING } from './python/interpreter.ts';
import { type Service, startService } from './support/service.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TEXT = readFileSync(join(ROOT, 'docs/guides/from-a-subprocess.md'), 'utf8');
const run = promisify(execFile);

/** What stands between fences, in order. */
const BLOCKS = [...TEXT.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind = '', text = '']) => ({ kind, text }));
/** The examples that are programs: each begins with its name. */
const PROGRAMS = BLOCKS.flatMap(({ kind, text }) => {
  const [, name] = /^(?:#|\/\/) (\w+\.(?:py|ts))\n/.exec(text) ?? [];
  return ['python', 'ts'].includes(kind) ? [{ name: name ?? assert.fail(`it has no name:\n${text}`), text }] : [];
});
/** What is typed, and what it prints, where that is told; before all else the installation. */
const [INSTALLATION = assert.fail(), ...SESSIONS] = BLOCKS.flatMap(({ kind, text }, index) => {
  const next = BLOCKS[index + 1];
  return kind === 'sh' ? [{ text, prints: next?.kind === 'text' ? next.text : undefined }] : [];
});
/** Shown, but for nobody to run any more. */
const OLD = 'python3 old_player.py https://example.org/one.mp3 > old.pcm';
const RATE = 48_000 * 4;
const SECONDS = { one: 3, two: 2 };

const cleanUp = new AsyncDisposableStack();
let folder: ScratchFolder;
let source: HttpSource;
let s3: S3Server;
let service: Service;
let away: string;

before(async () => {
  await using media = await createMediaFolder();
  const tracks = new Map<string, Buffer>();
  for (const [index, [name, seconds]] of Object.entries(SECONDS).entries())
    tracks.set(`/${name}.mp3`, await media.make(`${name}.flac`, tone(330 * (index + 1), seconds), ['-ar', '48000']));
  tracks.set('/corrupt.mp3', Buffer.from('<html>no music here</html>'.repeat(100)));
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      const track = tracks.get(request.url ?? '');
      (track === undefined ? answer(404) : serve(track))(request, response);
    }),
  );
  const one = tracks.get('/one.mp3') ?? assert.fail();
  s3 = cleanUp.use(await startS3Server(['media', 'own']));
  await s3.put({ bucket: 'media', key: 'one.mp3', body: one });
  service = cleanUp.use(
    await startService({
      SOURCE_ALLOWED_NETWORKS: source.network,
      SOURCE_BUCKETS: 'media',
      S3_BUCKET: 'own',
      S3_ENDPOINT: s3.options.endpoint ?? '',
      S3_ACCESS_KEY_ID: s3.options.credentials?.accessKeyId ?? '',
      S3_SECRET_ACCESS_KEY: s3.options.credentials?.secretAccessKey ?? '',
    }),
  );
  // The first read of S3 loads what it takes: a busy machine needs longer for it than a client waits.
  await (await fetch(`${service.url}/transcode?source_url=s3://media/one.mp3&output_format=pcm`)).arrayBuffer();
  const [port] = await freePorts(1);
  away = `http://127.0.0.1:${port}`;
  folder = cleanUp.use(scratchFolder());
  writeFileSync(folder.file('my-own.mp3'), one);
  // As `npm pack` does, which makes its folder where others may be making it too.
  await makePackageFolder(folder.file('package'));
  await run('npm', ['pack', folder.file('package'), '--pack-destination', folder.path]);
  await type(INSTALLATION.text);
});
after(() => cleanUp.disposeAsync());

/** As it would be typed, with the service and the sources that are there; resolves with what is printed. */
async function type(text: string, serviceUrl = service.url): Promise<string> {
  const isAway = serviceUrl !== service.url;
  const cwd = isAway ? folder.file('away') : folder.path;
  mkdirSync(cwd, { recursive: true });
  for (const program of PROGRAMS) writeFileSync(join(cwd, program.name), here(program.text, serviceUrl));
  const places = [folder.file('node_modules/.bin'), dirname(process.execPath), dirname(PYTHON), dirname(MEDIA_FFMPEG)];
  const { FFMPEG_PATH, TMPDIR, HOME } = process.env;
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', here(text, serviceUrl)], {
    cwd,
    env: {
      ...{ FFMPEG_PATH, TMPDIR, HOME, FFN_URL: serviceUrl, PYTHONDONTWRITEBYTECODE: '1' },
      ...{ npm_config_offline: 'true', npm_config_cache: folder.file('cache') },
      PATH: [...places, process.env['PATH']].join(delimiter),
      PYTHONPATH: join(ROOT, 'client/python'),
    },
  });
  return stdout;
}

function here(text: string, serviceUrl: string): string {
  return text.replaceAll('http://127.0.0.1:8090', serviceUrl).replaceAll('https://example.org', source.origin);
}

const needsPython = (text: string) => (text.includes('python3') ? PYTHON_MISSING : false);
const secondsIn = (file: string) => statSync(folder.file(file)).size / RATE;

describe('docs/guides/from-a-subprocess.md', { concurrency: 2 }, () => {
  it('has every program run', () => {
    const typed = [OLD, ...SESSIONS.map(({ text }) => text)].join('\n');
    for (const { name } of PROGRAMS) assert.match(typed, new RegExp(`(?:python3|node) ${name}`), name);
    assert.ok(PROGRAMS.length >= 8);
  });

  for (const { text, prints } of SESSIONS) {
    it(`works as it says: ${text.split('\n')[0]}`, { skip: needsPython(text) }, async () => {
      const printed = await type(text);
      if (prints !== undefined) assert.equal(printed, prints);
      if (!text.includes('python.pcm')) return;
      const all = (SECONDS.one + SECONDS.two) / 1.25;
      assert.ok(Math.abs(secondsIn('python.pcm') - all) < 0.03, `${secondsIn('python.pcm')} s`);
    });
  }

  it('has an old way that works, too', { skip: PYTHON_MISSING }, async () => {
    await type(OLD);
    assert.ok(Math.abs(secondsIn('old.pcm') - SECONDS.one / 1.25) < 0.05, `${secondsIn('old.pcm')} s`);
  });

  it('is right that nothing else changes without the service', { skip: PYTHON_MISSING }, async () => {
    const same = `fallback ${SECONDS.one * RATE}\n`;
    assert.equal(await type('node s3.ts 2> /dev/null; python3 s3.py 2> /dev/null', away), same + same);
    await type('node player.ts https://example.org/two.mp3 > away.pcm 2> /dev/null', away);
    assert.equal(secondsIn('away/away.pcm').toFixed(1), (SECONDS.two / 1.25).toFixed(1));
  });

  it('has programs that the compiler accepts', async () => {
    const types = join(folder.path, 'node_modules');
    for (const name of ['@types', 'undici-types']) symlinkSync(join(ROOT, 'node_modules', name), join(types, name));
    const project = folder.file('checked');
    mkdirSync(project);
    const files = PROGRAMS.filter(({ name }) => name.endsWith('.ts'));
    for (const { name, text } of files) writeFileSync(join(project, name), text);
    const options = { strict: true, noEmit: true, target: 'es2024', module: 'nodenext', types: ['node'] };
    const config = { compilerOptions: options, files: files.map(({ name }) => name) };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const { stdout } = await run(tsc, ['-p', project]).catch((error: { stdout: string }) => error);
    assert.equal(stdout, '');
  });

  it('lists exactly the exit codes of ffn', () => {
    const documented = [...TEXT.matchAll(/^\| `(\d+)` \| (.*) \|$/gm)].map(([, code, means]) => [Number(code), means]);
    assert.deepEqual(
      documented,
      Object.values(EXIT).map(({ code, means }) => [code, means]),
    );
  });

  it('lists exactly the timeouts there are, with their defaults', () => {
    const rows = [...TEXT.matchAll(/^\| `(timeouts|breaker)\.(\w+)` \| .*? \| ([\d.]+)/gm)];
    const documented = rows.map(([, part, name = '', value]) => [
      part,
      name,
      Number(value) * (name.endsWith('Ms') ? 1_000 : 1),
    ]);
    assert.deepEqual(documented, [
      ...Object.entries(TIMEOUTS).map(([name, ms]) => ['timeouts', name, ms]),
      ...Object.entries(BREAKER).map(([name, value]) => ['breaker', name, value]),
    ]);
  });
});
