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
  RECIPES = assert.fail(),
  PROGRAM = assert.fail(),
] = shellOf(GUIDE);
const { text: program } = blocksOf(GUIDE).find(({ kind }) => kind === 'ts') ?? assert.fail();

/** The volume of the music in examples/talk.json, which is 0.8. */
const VOLUME_DB = 20 * Math.log10(0.8);
const MUSIC = 'test/media/vibe-ace.ogg';
const RECORDING = 'test/media/sense-and-sensibility.flac';

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
  mkdirSync(folder.file('test'));
  symlinkSync(join(ROOT, 'test/media'), folder.file('test/media'));
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

  it('makes the films of its recipes', async () => {
    await type(RECIPES);
    for (const [name, seconds] of [
      ['talk.mp4', 6],
      ['vertical.mp4', 3],
      ['podcast.mp4', 24.7],
    ] as const) {
      assert.ok(Math.abs((await secondsOf(name)) - seconds) < 0.1, `${name}: ${await secondsOf(name)} s`);
    }

    // The voice is the same in both channels: their difference is the music.
    const gain = async (range: Range) => (await sideLevel('talk.mp4', range)) - (await sideLevel(MUSIC, range));
    const [before, during] = [await gain({ from: 0.3, to: 1.5 }), await gain({ from: 2.3, to: 4.2 })];
    assert.ok(Math.abs(before - VOLUME_DB) < 1, `the music is changed by ${before} dB before the talk`);
    assert.ok(before - during > 12 && before - during < 18, `it is lowered by ${before - during} dB during the talk`);

    for (const [at, hasInk] of [
      [0.5, true],
      [1.5, true],
      [2.5, false],
    ] as const) {
      const white = await whitePixels('vertical.mp4', at);
      assert.equal(white.low > 100, hasInk, `${white.low} white pixels at the bottom at ${at} s`);
      assert.equal(white.high, 0, `${white.high} white pixels above at ${at} s`);
    }

    assert.deepEqual(await chaptersOf('podcast.mp4'), [
      '0.000 Leisure to consider',
      '7.100 Not an ill-disposed young man',
      '15.400 A more amiable woman',
    ]);
    const [heard, recorded] = [await level('podcast.mp4', 'anull'), await level(RECORDING, 'anull')];
    assert.ok(Math.abs(recorded - heard) < 1, `${heard} dB, and the recording ${recorded}`);
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
    const music = ['-f', 'lavfi', '-i', 'sine=880:d=2', '-f', 'mp3', folder.file('music.mp3')];
    execFileSync(MEDIA_FFMPEG, ['-v', 'error', ...music]);
    writeFileSync(folder.file('talk.srt'), '1\n00:00:01,000 --> 00:00:03,000\nGood morning\n');
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
      'faded.mp4': (await secondsOf('intro.mp4')) + 6 - 0.5,
      'part.mp4': 2.5,
      'talk.webm': 6,
      'talk.gif': 6,
      'titled.mp4': 6,
      'talk.mkv': 6,
      'captions.mp4': 6,
      'marked.mp4': 6,
      'scored.mp4': 6,
      'poster.jpg': 0,
      'web/': 6,
    };
    for (const [index, name] of files.entries()) {
      const difference = Math.abs((lengths[index] ?? 0) - (expected[name] ?? Number.NaN));
      assert.ok(difference < 0.1, `${name}: ${lengths[index]} s`);
    }
  });
});

type Range = { readonly from: number; readonly to: number };

/** Returns the mean level of the difference of both channels, dB. */
function sideLevel(name: string, { from, to }: Range): Promise<number> {
  return level(name, `atrim=${from}:${to},pan=mono|c0=0.5*c0-0.5*c1`);
}

/** Returns the mean level of a sound after a filter, dB. */
async function level(name: string, filter: string): Promise<number> {
  const args = ['-hide_banner', '-i', folder.file(name), '-af', `${filter},volumedetect`, '-vn', '-f', 'null', '-'];
  const { stderr } = await run(MEDIA_FFMPEG, args);
  return Number(/mean_volume: (\S+) dB/.exec(stderr)?.[1]);
}

/** Returns the number of white pixels in the lower quarter of a frame, and in the rest. */
async function whitePixels(name: string, at: number): Promise<{ readonly low: number; readonly high: number }> {
  const args = ['-v', 'error', '-ss', String(at), '-i', folder.file(name), '-frames:v', '1', '-pix_fmt', 'gray'];
  const { stdout } = await run(MEDIA_FFMPEG, [...args, '-f', 'rawvideo', '-'], { encoding: 'buffer' });
  const white = (pixels: Buffer) => pixels.filter((pixel) => pixel > 240).length;
  const quarter = stdout.length * 0.75;
  return { low: white(stdout.subarray(quarter)), high: white(stdout.subarray(0, quarter)) };
}

async function chaptersOf(name: string): Promise<string[]> {
  const args = ['-v', 'error', '-show_chapters', '-of', 'json', folder.file(name)];
  const { stdout } = await run(MEDIA_FFMPEG.replace(/ffmpeg$/, 'ffprobe'), args);
  const { chapters } = JSON.parse(stdout) as { chapters: { start_time: string; tags: { title: string } }[] };
  return chapters.map(({ start_time, tags }) => `${Number(start_time).toFixed(3)} ${tags.title}`);
}

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
