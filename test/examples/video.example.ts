import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { z } from 'zod';
import type { JOB_PAGE } from '#lib/jobs/record.ts';
import { type System, startSystem } from '../../local/system.ts';
import { MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';
import { blocksOf, ROOT, shellOf } from './support/guide.ts';

// The commands of docs/guides/video.md, and the jobs of docs/reference/command-line.md, typed against all that `npm start`
// runs.

const GUIDE = 'docs/guides/video.md';
const COMMAND_LINE = 'docs/reference/command-line.md';
const [
  SHORT = assert.fail(),
  SUBMIT = assert.fail(),
  LIST = assert.fail(),
  PACKAGES = assert.fail(),
  PROGRAM = assert.fail(),
] = shellOf(GUIDE);
const { text: program } = blocksOf(GUIDE).find(({ kind }) => kind === 'ts') ?? assert.fail();

type JobPage = z.output<typeof JOB_PAGE>;

const run = promisify(execFile);

const cleanUp = new AsyncDisposableStack();
let folder: ScratchFolder;
let system: System;

before(async () => {
  folder = cleanUp.use(scratchFolder());
  system = await startSystem({
    environment: {
      ...process.env,
      ...{ DATA_DIR: folder.file('data'), PORT: '0', S3_PORT: '0', PGPORT: '0', S3_ENDPOINT: '', DATABASE_URL: '' },
      LOG_LEVEL: 'warn',
    },
    report: () => {},
  });
  cleanUp.defer(async () => void (await system.stop()));
  mkdirSync(folder.file('bin'));
  const command = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'client/cli/ffn.ts')}" "$@"\n`;
  writeFileSync(folder.file('bin/ffn'), command, { mode: 0o755 });
  mkdirSync(folder.file('node_modules'));
  symlinkSync(ROOT, folder.file('node_modules/ffmpeg-functions'));
  symlinkSync(join(ROOT, 'examples'), folder.file('examples'));
  symlinkSync(join(ROOT, 'local'), folder.file('local'));
  writeFileSync(folder.file('film.ts'), program);
});
after(() => cleanUp.disposeAsync());

/** Types commands as a reader would; resolves with what they print. */
async function type(commands: string): Promise<string> {
  const path = [folder.file('bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path, FFN_URL: system.url };
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', commands], { cwd: folder.path, env });
  return stdout;
}

describe('docs/guides/video.md', () => {
  it('makes a film and a picture of it, each by one command', async () => {
    await type(SHORT);
    assert.ok(Math.abs((await secondsOf('short.mp4')) - 5) < 0.1, `${await secondsOf('short.mp4')} s`);
    assert.equal(await secondsOf('poster.jpg'), 0);
  });

  it('checks a request, and makes its film', async () => {
    assert.match(await type(SUBMIT), /the request is valid/);
    const film = folder.file('film.mp4');
    const args = ['-v', 'error', '-i', film, '-f', 'framehash', '-map', '0:v', '-'];
    const { stdout } = await run(MEDIA_FFMPEG, args);
    const frames = stdout.split('\n').filter((line) => /^\d/.test(line)).length;
    assert.ok(frames > 50, `${frames} frames`);
    assert.match(await type(LIST), /completed/);
  });

  it('makes packages that players open by their URL', async () => {
    await type(PACKAGES);
    const { items } = (await (await fetch(`${system.url}/api/jobs?limit=1`)).json()) as JobPage;
    const urls = items[0]?.result?.outputs.map(({ url }) => url) ?? [];
    assert.equal(urls.length, 2);
    for (const url of urls) {
      const main = await (await fetch(new URL(url, system.url))).text();
      assert.match(main, /360p/);
      assert.match(main, /(?:token|X-Amz-Signature)=/);
    }
  });

  it('makes a sound from a program', async () => {
    assert.match(await type(PROGRAM), /^\d+ bytes at http:\/\/127\.0\.0\.1:\d+$/m);
  });
});

describe(COMMAND_LINE, () => {
  const [commands = assert.fail(), probe = assert.fail()] = shellOf(COMMAND_LINE).filter((text) =>
    text.startsWith('ffn job'),
  );

  before(() => {
    cpSync(join(ROOT, 'local/media/tall.mp4'), folder.file('intro.mp4'));
    const film = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25:d=6', '-f', 'lavfi', '-i', 'sine=440:d=6'];
    execFileSync(MEDIA_FFMPEG, ['-v', 'error', ...film, '-pix_fmt', 'yuv420p', folder.file('talk.mov')]);
    const picture = ['-f', 'lavfi', '-i', 'color=c=red:s=64x64', '-frames:v', '1', folder.file('logo.png')];
    execFileSync(MEDIA_FFMPEG, ['-v', 'error', ...picture]);
  });

  it('shows what a file contains', async () => {
    assert.match(await type(probe), /^talk\.mov: mp4, 0:06, .*\n +0 {2}video +h264 .*320x240, 25 fps/);
  });

  it('makes files from files', async () => {
    await type(commands);
    const files = [...commands.matchAll(/ -o (\S+)/g)].map(([, name = '']) => name);
    const lengths = await Promise.all(files.map((name) => secondsOf(name === 'web/' ? 'web/master.m3u8' : name)));
    const expected: Readonly<Record<string, number>> = {
      // All of intro.mp4, 3 seconds of talk.mov, and the picture.
      'film.mp4': (await secondsOf('intro.mp4')) + 3 + 5,
      'part.mp4': 2.5,
      'talk.webm': 6,
      'poster.jpg': 0,
      'web/': 6,
    };
    for (const [index, name] of files.entries()) {
      const difference = Math.abs((lengths[index] ?? 0) - (expected[name] ?? Number.NaN));
      assert.ok(difference < 0.1, `${name}: ${lengths[index]} s`);
    }
  });
});

/** Returns the length of a film, or 0 for a picture. */
async function secondsOf(name: string): Promise<number> {
  const args = [
    '-v',
    'error',
    '-count_packets',
    '-show_entries',
    'stream=nb_read_packets:format=duration',
    '-of',
    'json',
  ];
  const { stdout } = await run(MEDIA_FFMPEG.replace(/ffmpeg$/, 'ffprobe'), [...args, folder.file(name)]);
  const { streams, format } = JSON.parse(stdout);
  return Number(streams[0]?.nb_read_packets) === 1 ? 0 : Number(format.duration);
}
