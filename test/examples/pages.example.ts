import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { EXIT } from '../../client/cli/exit-codes.ts';
import { BREAKER } from '../../client/options.ts';
import { TIMEOUTS } from '../../client/stream/timeouts.ts';
import { PYTHON, PYTHON_MISSING } from '../client/python/interpreter.ts';
import { packedClient, TARBALL } from '../client/support/packed-client.ts';
import { type Service, startService } from '../client/support/service.ts';
import { type S3Server, startS3Server } from '../lib/sources/support/s3-server.ts';
import { FFMPEG, MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import { freePorts } from '../support/free-ports.ts';
import type { HttpSource } from '../support/http-source.ts';
import { tone } from '../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';
import { blocksOf, PROGRAM_NAME, ROOT, readPage, shellOf } from './support/guide.ts';
import { startTracks } from './support/tracks.ts';

const GUIDE = 'docs/guides/from-a-subprocess.md';
const CLIENT = 'docs/reference/client.md';
const COMMAND_LINE = 'docs/reference/command-line.md';
const README = 'README.md';
const PAGES = [GUIDE, CLIENT, COMMAND_LINE];

const RATE = 48_000 * 4;
const SECONDS = { one: 3, two: 2 };
/** The sources of the README: long enough for a change while one plays, also on a busy machine. */
const README_SECONDS = 15;
/** Longer than the position that a request of the README starts at. */
const README_FLAC_SECONDS = 33;

/** `fallbacks: 0` and `fallbacks=0` are the counters of a client that did not fall back. */
const FELL_BACK = /fallback(?!s[:=] ?0)/;

const LONGEST_COMMANDS_MS = 90_000;

const run = promisify(execFile);

/** The examples that are programs: each begins with its name. */
const PROGRAMS = PAGES.flatMap((page) => blocksOf(page)).flatMap(({ text }) => {
  const [, name] = PROGRAM_NAME.exec(text) ?? [];
  return name === undefined ? [] : [{ name, text }];
});
/** The commands, and what they print where the page says so. */
const SESSIONS = PAGES.flatMap((page) => {
  const blocks = blocksOf(page);
  return blocks.flatMap(({ kind, text }, index) => {
    const next = blocks[index + 1];
    // The jobs of the command line need a runner: video.example.ts runs them.
    if (kind !== 'sh' || text.startsWith('ffn job')) return [];
    return [{ page, text, prints: next?.kind === 'text' ? next.text : undefined }];
  });
});
const [INSTALLATION = assert.fail(), ...REST] = SESSIONS;

const cleanUp = new AsyncDisposableStack();
let folder: ScratchFolder;
let source: HttpSource;
let s3: S3Server;
let service: Service;
let down: string;

before(async () => {
  source = cleanUp.use(
    await startTracks({
      ...Object.fromEntries(
        Object.entries(SECONDS).map(([name, seconds], index) => [name, tone(330 * (index + 1), seconds)]),
      ),
      a: tone(440, README_SECONDS),
      flac: tone(440, README_FLAC_SECONDS),
    }),
  );
  const one = Buffer.from(await (await fetch(`${source.origin}/one.mp3`)).arrayBuffer());
  s3 = cleanUp.use(await startS3Server(['media', 'own']));
  await s3.put({ bucket: 'media', key: 'one.mp3', body: one });
  // Stands for the recording that `npm start` stores: shorter, since the README plays it live.
  const recording = Buffer.from(await (await fetch(`${source.origin}/a.mp3`)).arrayBuffer());
  await s3.put({ bucket: 'media', key: 'sense-and-sensibility.flac', body: recording });
  service = cleanUp.use(
    await startService({
      SOURCE_ALLOWED_NETWORKS: source.network,
      SOURCE_BUCKETS: 'media',
      S3_BUCKET: 'own',
      ...s3.settings,
    }),
  );
  // The first read from S3 loads the SDK, which takes longer on a busy machine than a client waits.
  await (await fetch(`${service.url}/transcode?source_url=s3://media/one.mp3&output_format=pcm`)).arrayBuffer();
  const [port] = await freePorts(1);
  down = `http://127.0.0.1:${port}`;
  folder = cleanUp.use(scratchFolder());
  writeFileSync(folder.file('my-own.mp3'), one);
  copyFileSync(await packedClient(), folder.file(TARBALL));
  writeFileSync(folder.file('.curlrc'), 'fail\n');
  writeFileSync(folder.file('mpv'), `#!/bin/sh\nexec '${MEDIA_FFMPEG}' -v error -i "$1" -f null -\n`);
  chmodSync(folder.file('mpv'), 0o755);
  mkdirSync(folder.file('down'));
  for (const { name, text } of PROGRAMS) {
    writeFileSync(folder.file(name), here(text, service.url));
    writeFileSync(folder.file(`down/${name}`), here(text, down));
  }
  await type(INSTALLATION.text);
});
after(() => cleanUp.disposeAsync());

/** Runs commands as a reader would, with this service and these sources; resolves with what they print. */
async function type(text: string, serviceUrl = service.url): Promise<string> {
  const cwd = serviceUrl === service.url ? folder.path : folder.file('down');
  const tools = [dirname(process.execPath), dirname(PYTHON), dirname(MEDIA_FFMPEG)];
  // Each program examines its ffmpeg, and the layer's starts ten times as fast as that of a distribution.
  const { FFMPEG_PATH = FFMPEG, TMPDIR, HOME } = process.env;
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', here(text, serviceUrl)], {
    cwd,
    // Some commands wait for a stream, which a failure would keep from starting.
    timeout: LONGEST_COMMANDS_MS,
    env: {
      ...{ FFMPEG_PATH, TMPDIR, HOME, FFN_URL: serviceUrl, PYTHONDONTWRITEBYTECODE: '1', CURL_HOME: folder.path },
      ...{ npm_config_offline: 'true', npm_config_cache: folder.file('cache') },
      // The folder has the stand-in for mpv: without a sound card, the real one ends at once.
      PATH: [folder.file('node_modules/.bin'), folder.path, ...tools, process.env['PATH']].join(delimiter),
      PYTHONPATH: join(ROOT, 'client/python'),
      SOURCE_ALLOWED_NETWORKS: '127.0.0.0/8',
    },
  });
  return stdout;
}

function here(text: string, serviceUrl: string): string {
  return text
    .replaceAll('http://127.0.0.1:8090', serviceUrl)
    .replaceAll('https://example.org/a.flac', `${source.origin}/flac.mp3`)
    .replaceAll(/https:\/\/example\.org\/(\w+)\.\w+/g, `${source.origin}/$1.mp3`)
    .replaceAll('https://example.org', source.origin);
}

const needsPython = (text: string) => (text.includes('python3') ? PYTHON_MISSING : false);
const secondsIn = (file: string) => statSync(folder.file(file)).size / RATE;

describe('the pages of the client', { concurrency: 2 }, () => {
  for (const { page, text, prints } of REST) {
    it(`${page}: runs ${text.split('\n')[0]}`, { skip: needsPython(text) }, async () => {
      let printed = await type(text);
      // The pages show what an idle machine prints: on a busy one the client may fall back.
      for (let more = 3; more > 0 && prints !== undefined && FELL_BACK.test(printed); more -= 1)
        printed = await type(text);
      if (prints !== undefined) assert.equal(printed, prints);
      for (const [file, seconds] of [
        ['python.pcm', SECONDS.one + SECONDS.two],
        ['old.pcm', SECONDS.one],
      ] as const) {
        if (text.includes(file)) assert.ok(Math.abs(secondsIn(file) - seconds / 1.25) < 0.05, `${secondsIn(file)} s`);
      }
    });
  }

  it('run without the service', { skip: PYTHON_MISSING }, async () => {
    const same = `fallback ${SECONDS.one * RATE}\n`;
    assert.equal(await type('node s3.ts 2> /dev/null; python3 s3.py 2> /dev/null', down), same + same);
    await type('node player.ts https://example.org/two.mp3 > down.pcm 2> /dev/null', down);
    assert.equal(secondsIn('down/down.pcm').toFixed(1), (SECONDS.two / 1.25).toFixed(1));
  });

  it('have programs that the compiler accepts', async () => {
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
});

describe('README.md', () => {
  for (const text of shellOf(README)) {
    it(`runs ${text.split('\n')[0]}`, async () => {
      await type(text);
    });
  }

  it('has a program that runs', async () => {
    const [program = assert.fail()] = blocksOf(README).flatMap(({ kind, text }) => (kind === 'ts' ? [text] : []));
    const names = `let sent = 0; const tracks = ['https://example.org/two.mp3']; const send = (frame: Buffer) => (sent += frame.length);`;
    writeFileSync(
      folder.file('readme.ts'),
      here(`${names}\n${program}\nconsole.log(sent);\nclient.close();`, service.url),
    );
    assert.equal(await type('node readme.ts'), `${SECONDS.two * RATE}\n`);
  });
});

describe(CLIENT, () => {
  it('lists exactly the timeouts there are, with their defaults', () => {
    const rows = [...readPage(CLIENT).matchAll(/^\| `(timeouts|breaker)\.(\w+)` \| .*? \| ([\d.]+)/gm)];
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

/** The words of the page for several actions of `ffn job`. */
const ACTIONS_CALLED: Readonly<Record<string, readonly string[]>> = {
  make: ['concat', 'trim', 'convert', 'thumbnail', 'package', 'text', 'subtitles', 'pip', 'audio'],
  file: ['concat', 'trim', 'convert', 'thumbnail'],
  film: ['concat', 'trim', 'convert'],
  step: ['text', 'subtitles', 'pip', 'audio'],
};

type OptionRow = { readonly option: string; readonly where: string };

/** Returns the rows of a table of options: the names, and the commands that have them. */
function optionRows(text: string): OptionRow[] {
  return [...text.matchAll(/^\| (`-[^|]*`) \| ([^|]*) \|/gm)].map(([, names = '', where = '']) => ({
    option: names.replaceAll('`', ''),
    where,
  }));
}

const optionNames = (rows: readonly OptionRow[]) => rows.map(({ option }) => option).toSorted();

async function optionsOf(command: string): Promise<string[]> {
  const options = [...(await type(`ffn ${command} --help`)).matchAll(/^ {2}(-.*?)(?: {2,}|$)/gm)];
  return options.map(([, option = '']) => option).toSorted();
}

describe(COMMAND_LINE, () => {
  it('lists exactly the exit codes of ffn', () => {
    const rows = [...readPage(COMMAND_LINE).matchAll(/^\| `(\d+)` \| (.*) \|$/gm)];
    const documented = rows.map(([, code, means]) => ({ code: Number(code), means }));
    assert.deepEqual(documented, Object.values(EXIT));
  });

  it('lists exactly the commands of ffn and their options', async () => {
    const usage = await type('ffn --help');
    const commands = [...usage.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name = '']) => name);
    const page = readPage(COMMAND_LINE);
    const documentedCommands = [...page.matchAll(/^\| `ffn ([a-z]+)\b/gm)].map(([, name]) => name);
    assert.deepEqual(documentedCommands.toSorted(), commands.toSorted());
    const [, ofCommands = '', ofActions = ''] =
      /^## Options\n([\s\S]*?)^The options of `ffn job`([\s\S]*?)^## /m.exec(page) ?? [];
    const shared = optionRows(ofCommands).filter(({ where }) => where === 'all');
    for (const command of commands.filter((name) => name !== 'job')) {
      const rows = optionRows(ofCommands).filter(({ where }) => where === 'all' || where.split(', ').includes(command));
      assert.deepEqual(optionNames(rows), await optionsOf(command), command);
    }
    const actions = [...(await type('ffn job --help')).matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name = '']) => name);
    const [, jobs = ''] = /^## Video jobs\n([\s\S]*?)^## /m.exec(page) ?? [];
    const documentedActions = [...jobs.matchAll(/^\| `([a-z]+)\b/gm)].map(([, name]) => name);
    assert.deepEqual(documentedActions.toSorted(), actions.toSorted());
    for (const action of actions) {
      const rows = optionRows(ofActions).filter(({ where }) =>
        where.split(', ').some((name) => (ACTIONS_CALLED[name] ?? [name]).includes(action)),
      );
      assert.deepEqual(optionNames([...rows, ...shared]), await optionsOf(`job ${action}`), action);
    }
  });

  it('names only variables that the client reads', () => {
    const sources = ['client/cli/arguments/credentials.ts', 'client/cli/connection.ts', 'client/cli/output/report.ts'];
    const code = [...sources, 'client/client.ts'].map((file) => readFileSync(join(ROOT, file), 'utf8')).join();
    const [, environment = ''] = /## Environment\n([\s\S]*?)##/.exec(readPage(COMMAND_LINE)) ?? [];
    const variables = [...environment.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    assert.equal(variables.length, 8);
    for (const name of variables) assert.ok(code.includes(name), name);
  });
});
