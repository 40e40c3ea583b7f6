import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type JobSystem, startJobSystem } from '../../e2e/support/job-system.ts';
import { MEDIA_FFMPEG } from '../../support/ffmpeg.ts';
import { freePorts } from '../../support/free-ports.ts';
import {
  filmFolder,
  greyFrames,
  packetDigests,
  ramp,
  rampFrom,
  rampNumbers,
  sound,
  X264,
} from '../../support/job-media.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { type FfnExit, type FfnOptions, runFfn, startFfn } from '../support/ffn.ts';
import { installPackage } from '../support/package.ts';

// Files and a URL go in, and what comes out of ffn is decoded. Frames of the films have their number as brightness.

const RATE = 30;
/** Input options of a picture that is white. */
const WHITE = ['-f', 'lavfi', '-i', 'color=c=white:s=32x16'];
const FFPROBE = MEDIA_FFMPEG.replace(/ffmpeg$/, 'ffprobe');

const cleanUp = new AsyncDisposableStack();
let system: JobSystem;
let folder: ScratchFolder;
let ffn: string;
/** A URL at which no service listens. */
let away: string;

before(async () => {
  folder = cleanUp.use(scratchFolder());
  await using films = await filmFolder();
  const tone = sound('0.3*sin(880*PI*t)', 2);
  const film = await films.make('a', [
    ...ramp(2),
    ...tone,
    ...X264,
    '-c:a',
    'aac',
    '-movflags',
    '+faststart',
    '-f',
    'mp4',
  ]);
  const mute = await films.make('b', [...ramp(1), ...X264, '-f', 'matroska']);
  copyFileSync(film, folder.file('a.mp4'));
  // Its end looks like a part.
  copyFileSync(mute, folder.file('b.mkv#t=1'));
  writeFileSync(folder.file('text.mp4'), 'no film here, only words '.repeat(100));
  writeFileSync(folder.file('empty.mp4'), '');
  writeFileSync(folder.file('a.srt'), '1\n00:00:00,500 --> 00:00:01,000\nNow\n');
  const white = await films.make('white', [...WHITE, '-frames:v', '1', '-f', 'image2', '-c:v', 'png']);
  copyFileSync(white, folder.file('white.png'));
  system = cleanUp.use(await startJobSystem());
  system.serve('a.mp4', readFileSync(film));
  system.serve('silent.mp4', () => undefined);
  await system.startRunner();
  ffn = await installPackage(cleanUp.use(scratchFolder()).path);
  const [port] = await freePorts(1);
  away = `http://127.0.0.1:${port}`;
});
after(() => cleanUp.disposeAsync());

const at = (url: string): FfnOptions => ({ ffn, cwd: folder.path, settings: { FFN_URL: url } });
const job = (...args: string[]): Promise<FfnExit> => runFfn(['job', ...args], at(system.url));

/** Returns the codec and, of a picture, the size of each stream. */
function streamsOf(name: string): string[] {
  const entries = ['-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0'];
  return execFileSync(FFPROBE, ['-v', 'error', ...entries, folder.file(name)], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

function secondsOf(name: string): number {
  const args = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', folder.file(name)];
  return Number(execFileSync(FFPROBE, args, { encoding: 'utf8' }));
}

type Rows = { readonly from: number; readonly to: number };

/** Returns the brightest of the pixels of some rows of a picture that is 64 pixels wide. */
function brightest(pixels: Buffer, { from, to }: Rows): number {
  return Math.max(...pixels.subarray(from * 64, to * 64));
}

function darkest(pixels: Buffer, { from, to }: Rows): number {
  return Math.min(...pixels.subarray(from * 64, to * 64));
}

/** Returns the mean level of 0.3 seconds of a sound, dB. */
async function level(name: string, from: number): Promise<number> {
  const args = ['-ss', String(from), '-t', '0.3', '-i', folder.file(name), '-af', 'volumedetect', '-f', 'null', '-'];
  const { stderr } = await promisify(execFile)(MEDIA_FFMPEG, ['-hide_banner', ...args]);
  return Number(/mean_volume: (\S+) dB/.exec(stderr)?.[1]);
}

describe('ffn job', { concurrency: 3 }, () => {
  it('concat joins files, and parts of them, in their order', async () => {
    const exit = await job('concat', 'a.mp4#t=1,0:01.5', 'b.mkv#t=1', 'a.mp4#t=,0.5', '-o', 'film.mp4');
    assert.equal(exit.code, 0, exit.stderr);
    assert.equal(exit.stdout.length, 0);
    const frames = await rampNumbers(folder.file('film.mp4'));
    assert.deepEqual(frames, [...rampFrom(RATE, RATE / 2), ...rampFrom(0, RATE), ...rampFrom(0, RATE / 2)]);
    assert.deepEqual(streamsOf('film.mp4'), ['h264,64,64', 'aac']);
    // A file that is used twice is uploaded once.
    assert.deepEqual(exit.stderr.match(/^uploading .*(?=,)/gm), ['uploading a.mp4', 'uploading b.mkv#t=1']);
    assert.match(exit.stderr, /^job [\da-f-]{36}$/m);
    assert.match(exit.stderr, /^film\.mp4: mp4, 64x64, 0:02, [\d.]+ kB$/m);
  });

  it('concat shows a transition, and makes an animation', async () => {
    const wipe = ['--transition', 'wipeleft', '--transition-seconds', '0.5'];
    const exit = await job('concat', 'a.mp4', 'b.mkv#t=1', '-o', 'wiped.gif', '--fps', '10', ...wipe);
    assert.equal(exit.code, 0, exit.stderr);
    assert.deepEqual(streamsOf('wiped.gif'), ['gif,64,64']);
    const shorter = secondsOf('a.mp4') + secondsOf('b.mkv#t=1') - 0.5;
    assert.ok(Math.abs(secondsOf('wiped.gif') - shorter) < 0.06, `${secondsOf('wiped.gif')} s, not ${shorter} s`);
  });

  it('concat takes size and rate from the input that --base names, and shows a picture as long as it says', async () => {
    const exit = await job(
      'concat',
      'white.png#t=0,7',
      'a.mp4',
      '--base',
      '2',
      '-o',
      'shown.mp4',
      '--quality',
      'draft',
    );
    assert.equal(exit.code, 0, exit.stderr);
    assert.deepEqual(streamsOf('shown.mp4')[0], 'h264,64,64');
    assert.equal((await rampNumbers(folder.file('shown.mp4'))).length, 9 * RATE);
  });

  it('trim cuts a part out of a URL, and writes it to standard output', async () => {
    const exit = await job(
      'trim',
      `${system.source.origin}/a.mp4`,
      '--from',
      '0:01',
      '--to',
      '1.5',
      '-o',
      '-',
      '--format',
      'mkv',
    );
    assert.equal(exit.code, 0, exit.stderr);
    writeFileSync(folder.file('part.mkv'), exit.stdout);
    assert.deepEqual(await rampNumbers(folder.file('part.mkv')), rampFrom(RATE, RATE / 2));
    assert.doesNotMatch(exit.stderr, /^uploading/m);
  });

  it('convert makes the format of the name, with the size and codecs of the options', async () => {
    const [film, music] = await Promise.all([
      job('convert', 'a.mp4', '-o', 'a.webm', '--width', '32', '--height', '48', '--fit', 'stretch', '--fps', '25'),
      job('convert', 'a.mp4', '-o', 'a.mp3', '--audio-bitrate', '64k'),
    ]);
    assert.deepEqual([film.code, music.code], [0, 0], film.stderr + music.stderr);
    assert.deepEqual(streamsOf('a.webm'), ['vp9,32,48', 'opus']);
    assert.equal((await greyFrames(folder.file('a.webm'), { width: 32, height: 48 })).length, 50);
    assert.deepEqual(streamsOf('a.mp3'), ['mp3']);
    assert.ok(Math.abs(secondsOf('a.mp3') - 2) < 0.1, `${secondsOf('a.mp3')} s`);
    assert.ok(readFileSync(folder.file('a.mp3')).length < (2 * 64_000) / 8 + 3_000);
  });

  it('thumbnail takes the picture at a time', async () => {
    const exit = await job('thumbnail', 'a.mp4', '--at', '0:00.5', '-o', 'p15.png');
    assert.equal(exit.code, 0, exit.stderr);
    assert.deepEqual(await rampNumbers(folder.file('p15.png')), [RATE / 2]);
  });

  it('prints the id alone with --no-wait, for a job that can be fetched later', async () => {
    const exit = await job('convert', 'a.mp4', '--format', 'wav', '--no-wait', '--priority', '2');
    assert.equal(exit.code, 0, exit.stderr);
    const [, id = ''] = /^([\da-f-]{36})\n$/.exec(exit.stdout.toString()) ?? assert.fail(exit.stdout.toString());
    const [shown] = (await job('show', id, '--wait', '--json')).lines().slice(-1);
    assert.deepEqual([shown?.['status'], shown?.['priority']], ['completed', 2]);
    assert.equal((await job('get', id, '-o', 'later.wav')).code, 0);
    assert.equal(secondsOf('later.wav').toFixed(2), '2.00');
  });

  it('prints the plan with --dry-run, with the names that were typed, and makes nothing', async () => {
    const { stdout, stderr, code } = await job('concat', 'a.mp4', 'a.mp4#t=1', '-o', 'never.mp4', '--dry-run');
    assert.equal(code, 0, stderr);
    assert.match(stdout.toString(), /^the request is valid\nplan: \{"seconds":3,.*"input":"a\.mp4","from":1,/);
    assert.equal(existsSync(folder.file('never.mp4')), false);
  });

  it('prints one object a line with --json', async () => {
    const exit = await job('thumbnail', 'a.mp4', '-o', 'json.jpg', '--json');
    assert.deepEqual([exit.code, exit.stderr], [0, '']);
    const lines = exit.lines();
    const [source, submitted] = lines;
    assert.deepEqual([source?.['event'], source?.['file']], ['source', folder.file('a.mp4')]);
    assert.match(String(source?.['source_url']), /^s3:\/\/own\/uploads\//);
    assert.equal(submitted?.['event'], 'submitted');
    assert.ok(lines.slice(2, -1).every(({ event, id }) => event === 'progress' && id === submitted?.['id']));
    const { event, output, format, width, bytes } = lines.at(-1) ?? {};
    const size = readFileSync(folder.file('json.jpg')).length;
    assert.deepEqual([event, output, format, width, bytes], ['done', 'json.jpg', 'jpg', 64, size]);
  });

  it('warns of what differs from the request, and names the argument', async () => {
    const exit = await job('concat', 'a.mp4#t=1,60', '-o', 'cut.mp4');
    assert.equal(exit.code, 0, exit.stderr);
    assert.match(exit.stderr, /^warning: a\.mp4#t=1,60: to is 60, after the end of a\.mp4 at 2 s: it is cut there$/m);
  });

  it('names the argument that the service refuses', async () => {
    const [text, range, keep] = await Promise.all([
      job('concat', 'a.mp4', 'text.mp4', '-o', 'x1.mp4'),
      job('concat', 'a.mp4#t=9', '-o', 'x2.mp4'),
      job('convert', `${system.source.origin}/gone.mp4`, '-o', 'x3.mp4'),
    ]);
    assert.deepEqual([text.code, range.code, keep.code], [1, 1, 1]);
    assert.match(text.stderr, /^ffn: UNSUPPORTED_FORMAT: text\.mp4: the source is text/m);
    assert.match(range.stderr, /^ffn: VALIDATION_ERROR: from is 9, not before the end of a\.mp4 at 2 s$/m);
    assert.match(keep.stderr, /^ffn: DOWNLOAD_FAILED: http:\S+\/gone\.mp4: .*404/m);
    assert.deepEqual(
      readdirSync(folder.path).filter((name) => name.startsWith('x')),
      [],
    );
  });

  it('uses what can be read of a damaged input with --on-damage keep', async () => {
    const whole = readFileSync(folder.file('a.mp4'));
    writeFileSync(folder.file('half.mp4'), whole.subarray(0, Math.floor(whole.length * 0.7)));
    const failed = await job('convert', 'half.mp4', '-o', 'x4.mkv');
    assert.equal(failed.code, 1, failed.stderr);
    assert.match(failed.stderr, /^ffn: SOURCE_DAMAGED: .*half\.mp4/m);
    const kept = await job('convert', 'half.mp4', '-o', 'kept.mkv', '--on-damage', 'keep');
    assert.equal(kept.code, 0, kept.stderr);
    assert.match(kept.stderr, /^warning: .*half\.mp4/m);
  });

  it('probe shows what files and URLs contain, in their order', async () => {
    const url = `${system.source.origin}/a.mp4`;
    const exit = await job('probe', 'b.mkv#t=1', url);
    assert.equal(exit.code, 0, exit.stderr);
    assert.equal(
      exit.stdout.toString().replaceAll(/[\d.]+ kB/g, 'N kB'),
      `b.mkv#t=1: matroska, 0:01, N kB
   0  video             h264 Constrained Baseline, 64x64, 30 fps, yuv420p
${url}: mp4, 0:02, N kB
   0  video             h264 Constrained Baseline, 64x64, 30 fps, yuv420p
   1  audio             aac LC, 48000 Hz, mono
`,
    );
    const json = await job('probe', 'a.mp4', '--json');
    const [found, ...more] = json.lines();
    assert.deepEqual([found?.['source'], found?.['seconds'], more], ['a.mp4', 2, []]);
    const text = await job('probe', 'text.mp4');
    assert.equal(text.code, 1);
    assert.match(text.stderr, /^ffn: UNSUPPORTED_FORMAT: text\.mp4: the source is text/m);
  });

  it('package makes a folder that plays from where it lies, for HLS and DASH', async () => {
    const [hls, dash] = await Promise.all([
      job('package', 'a.mp4', '-o', 'web/hls', '--ladder', '240p,audio'),
      job('package', 'a.mp4', '-o', 'dash', '--format', 'dash', '--ladder', '240p', '--json'),
    ]);
    assert.deepEqual([hls.code, dash.code], [0, 0], hls.stderr + dash.stderr);
    assert.match(hls.stderr, /^web\/hls: hls, .*, \d files; play web\/hls\/master\.m3u8$/m);
    const names = readdirSync(folder.file('web/hls'));
    for (const name of names.filter((each) => each.endsWith('.m3u8')))
      assert.doesNotMatch(readFileSync(folder.file(`web/hls/${name}`), 'utf8'), /https?:|\?|\//, name);
    const manifest = readFileSync(folder.file('dash/manifest.mpd'), 'utf8');
    for (const [, url = ''] of manifest.matchAll(/<BaseURL>(.*?)</g))
      assert.ok(existsSync(folder.file(`dash/${url}`)), url);
    const [main, ...files] = (dash.lines().at(-1)?.['files'] ?? []) as string[];
    assert.equal(main, 'manifest.mpd');
    assert.deepEqual([main, ...files].toSorted(), readdirSync(folder.file('dash')).toSorted());
    for (const played of ['web/hls/master.m3u8', 'dash/manifest.mpd']) {
      assert.deepEqual(await brightness(played), rampFrom(0, 2 * RATE), played);
      const codecs = streamsOf(played).flatMap((line) => /^\w+/.exec(line) ?? []);
      assert.deepEqual([...new Set(codecs)].toSorted(), ['aac', 'h264'], played);
    }
    for (const name of names) system.serve(`hls/${name}`, readFileSync(folder.file(`web/hls/${name}`)));
    assert.deepEqual(await brightness(`${system.source.origin}/hls/master.m3u8`), rampFrom(0, 2 * RATE));
    const got = await job('get', String(dash.lines().at(-1)?.['id']), '-o', 'again');
    assert.equal(got.code, 0, got.stderr);
    assert.deepEqual(readdirSync(folder.file('again')), readdirSync(folder.file('dash')));
  });

  it('text writes where the options say', async () => {
    const look = ['--position', 'top', '--font-size', '0.4', '--outline-width', '0'];
    const exit = await job('text', 'a.mp4', '--text', 'HMH', ...look, '-o', 'text.png');
    assert.equal(exit.code, 0, exit.stderr);
    const [pixels = assert.fail()] = await greyFrames(folder.file('text.png'), { width: 64, height: 64 });
    assert.ok(brightest(pixels, { from: 0, to: 32 }) > 200);
    assert.ok(brightest(pixels, { from: 32, to: 64 }) < 20);
  });

  it('pip shows a picture in the picture, of the size and at the place that the options say', async () => {
    const place = ['--position', 'bottom', '--margin', '0', '--width', '1', '--height', '16', '--from', '1'];
    const exit = await job('pip', 'a.mp4', 'white.png', ...place, '-o', 'pip.mkv', '--quality', 'high');
    assert.equal(exit.code, 0, exit.stderr);
    const frames = await greyFrames(folder.file('pip.mkv'), { width: 64, height: 64 });
    assert.equal(frames.length, 2 * RATE);
    const [before = assert.fail(), shown = assert.fail()] = [frames[0], frames[RATE]];
    assert.ok(brightest(before, { from: 0, to: 64 }) < 20);
    assert.ok(darkest(shown, { from: 48, to: 64 }) > 230);
    assert.ok(brightest(shown, { from: 0, to: 46 }) < 230);
  });

  it('subtitles adds a stream to a film whose picture it copies, or writes on the picture', async () => {
    const embed = ['--embed', '--language', 'eng', '--default'];
    const [soft, burned] = await Promise.all([
      job('subtitles', 'a.mp4', 'a.srt', ...embed, '-o', 'soft.mkv'),
      job('subtitles', 'a.mp4', 'a.srt', '--burn', '--box-color', '#000000', '-o', 'b.mp4', '--dry-run'),
    ]);
    assert.deepEqual([soft.code, burned.code], [0, 0], soft.stderr + burned.stderr);
    assert.deepEqual(streamsOf('soft.mkv'), ['h264,64,64', 'aac', 'subrip,N/A,N/A']);
    assert.deepEqual(await packetDigests(folder.file('soft.mkv')), await packetDigests(folder.file('a.mp4')));
    assert.match(burned.stdout.toString(), /subtitles draws on the picture/);
  });

  it('audio replaces the sound of a part, with a part of another one', async () => {
    const range = ['--replace', '--from', '1', '--volume', '0.5'];
    const exit = await job('audio', 'a.mp4', 'a.mp4#t=0.5,1', ...range, '-o', 'new.wav');
    assert.equal(exit.code, 0, exit.stderr);
    // The part is heard for half a second at half of its level, and silence follows.
    const [before = 0, heard = 0, after = 0] = await Promise.all([0.2, 1.1, 1.6].map((from) => level('new.wav', from)));
    assert.ok(Math.abs(before - heard - 6) < 0.5, `${before} and ${heard} dB`);
    assert.ok(after < -60, `${after} dB`);
  });

  it('names the option whose value the service refuses when it has read the files', async () => {
    const [from, mute] = await Promise.all([
      job('text', 'a.mp4', '--text', 'late', '--from', '9', '-o', 'x5.mp4'),
      job('audio', 'a.mp4', 'b.mkv#t=1', '--mix', '-o', 'x6.mp4'),
    ]);
    assert.deepEqual([from.code, mute.code], [1, 1], from.stderr + mute.stderr);
    assert.match(from.stderr, /^ffn: VALIDATION_ERROR: --from: from is 9, not before the end of the timeline at 2 s$/m);
    assert.match(mute.stderr, /^ffn: VALIDATION_ERROR: b\.mkv#t=1 has no sound$/m);
  });

  it('leaves the job running when it is interrupted, and says how to go on', async () => {
    const args = ['job', 'convert', `${system.source.origin}/silent.mp4`, '-o', 'never.webm'];
    await using running = startFfn(args, at(system.url));
    const [, id = ''] = await running.says(/^job (\S+)$/m);
    await running.says(/fetching/);
    running.interrupt();
    const { code, stderr } = await running.exited;
    assert.equal(code, 130);
    assert.ok(stderr.includes(`job ${id} goes on: "ffn job show ${id} --wait" follows it`), stderr);
    assert.deepEqual(
      readdirSync(folder.path).filter((name) => name.startsWith('never')),
      [],
    );
    assert.equal((await system.get(id)).ended_at, null);
    assert.equal((await job('cancel', id)).code, 0);
  });

  it('names the command that downloads the file of a completed job which it could not write', async () => {
    const exit = await job('thumbnail', 'a.mp4', '--format', 'png', '-o', '/dev/full');
    assert.equal(exit.code, 4, exit.stderr);
    const [, id] = /^job (\S+) is completed: "ffn job get \1 -o OUTPUT" downloads its file$/m.exec(exit.stderr) ?? [];
    assert.match(exit.stderr, /^ffn: \/dev\/full cannot be written \(ENOSPC\)$/m);
    assert.equal((await job('get', id ?? '', '-o', 'full.png')).code, 0);
    assert.deepEqual(await rampNumbers(folder.file('full.png')), [0]);
  });

  it('checks the command line, the files and the output before it asks the service for anything', async () => {
    const cases = [
      [['concat', '-o', 'x.mp4'], 2, /usage: ffn job concat FILE\|URL… -o OUTPUT/],
      [['concat', 'a.mp4'], 2, /-o OUTPUT is missing/],
      [['concat', 'a.mp4', '-o', 'x.mp4', '--transition-seconds', '1'], 2, /--transition-seconds needs --transition/],
      [['concat', 'a.mp4', '-o', 'x.mp4', '--transition', 'spin'], 1, /type must be one of cut, fade, /],
      [['concat', 'a.mp4', '--base', '2', '-o', 'x.mp4'], 2, /--base takes the number of an input, 1 to 1, not "2"/],
      [['convert', 'a.mp4', '-o', 'x.mp4', '-o', 'y.mp4'], 2, /--output is given twice/],
      [['convert', 'a.mp4#t=1', '-o', 'x.mp4'], 2, /cut it with trim/],
      [['convert', 'a.mp4', '-o', 'x.mp4', '--at', '1'], 2, /Unknown option '--at'/],
      [['convert', 'a.mp4', '-o', 'x.mp4', '--key', 'k'], 2, /--key needs inputs that are URLs/],
      [['trim', 'a.mp4', '-o', 'x.mp4'], 2, /trim needs --from or --to/],
      [['trim', 'a.mp4', '-o', 'x.mp4', '--from', '2', '--to', '1'], 1, /to must be after from, which is 2/],
      [['convert', 'a.mp4', '-o', 'x.mp4', '--width', '7'], 1, /width must be an even number of pixels/],
      [['convert', 'a.mp4', '-o', 'x.mp3', '--fps', '25'], 1, /fps is not a field of mp3/],
      [['concat', 'a.mp4', 'none.mp4', '-o', 'x.mp4'], 4, /none\.mp4 cannot be read \(ENOENT\)/],
      [['convert', 'empty.mp4', '-o', 'x.mp4'], 4, /empty\.mp4 is empty/],
      [['convert', 'a.mp4', '-o', 'no/x.mp4'], 4, /no\/x\.mp4 cannot be written \(ENOENT\)/],
      [['convert', 'a.mp4', '-o', '.', '--format', 'mp4'], 4, /\. cannot be written \(EISDIR\)/],
      [['package', 'a.mp4', '-o', '-'], 2, /a package is several files: -o takes a folder/],
      [['package', 'a.mp4', '-o', 'a.mp4/x'], 4, /a\.mp4\/x cannot be written \(ENOTDIR\)/],
      [['package', 'a.mp4', '-o', 'x', '--ladder', '480p,99p'], 1, /ladder must be/],
      [['text', 'a.mp4', '-o', 'x.mp4'], 2, /--text TEXT is missing/],
      [['text', 'a.mp4', '--text', 'a', '--x', '1', '-o', 'x.mp4'], 1, /--y: x needs y/],
      [['text', 'a.mp4', '--text', 'a', '--font-size', '0', '-o', 'x.mp4'], 1, /--font-size: font_size must be/],
      [['subtitles', 'a.mp4', 'a.srt', '-o', 'x.mp4'], 2, /give either --embed or --burn/],
      [
        ['subtitles', 'a.mp4', 'a.srt', '--burn', '--default', '-o', 'x.mp4'],
        1,
        /--default: default is for mode embed/,
      ],
      [['subtitles', 'a.mp4', 'a.srt', '--embed', '-o', 'x.gif'], 1, /no output can carry subtitles/],
      [['pip', 'a.mp4', '-o', 'x.mp4'], 2, /usage: ffn job pip FILE\|URL PICTURE/],
      [
        ['pip', 'a.mp4', 'white.png', '--border-color', 'red', '-o', 'x.mp4'],
        1,
        /--border-color: color must be such as/,
      ],
      [['pip', 'a.mp4', 'none.png', '-o', 'x.mp4'], 4, /none\.png cannot be read \(ENOENT\)/],
      [['audio', 'a.mp4', 'a.mp4', '--mix', '--replace', '-o', 'x.mp4'], 2, /give either --replace or --mix/],
      [['audio', 'a.mp4', 'a.mp4#t=2,1', '--mix', '-o', 'x.mp4'], 1, /a\.mp4#t=2,1: to must be after from, which is 2/],
      [['audio', 'a.mp4#t=1', 'a.mp4', '--mix', '-o', 'x.mp4'], 2, /cut it with trim/],
      [['convert', 'a.mp4', '-o', 'x.mp4'], 3, /ECONNREFUSED/],
    ] as const;
    const exits = await Promise.all(cases.map(([args]) => runFfn(['job', ...args], at(away))));
    for (const [index, [args, code, says]] of cases.entries()) {
      const exit = exits[index] ?? assert.fail();
      assert.equal(exit.code, code, `${args.join(' ')}: ${exit.stderr}`);
      assert.match(exit.stderr.trimEnd().split('\n').at(-1) ?? '', says);
    }
  });

  it('prints the help of the group, and the options of each action', async () => {
    const [group, action] = await Promise.all([job('--help'), job('trim', '--help')]);
    for (const name of [
      'concat',
      'trim',
      'convert',
      'thumbnail',
      'package',
      'text',
      'subtitles',
      'pip',
      'audio',
      'probe',
      'submit',
      'get',
    ])
      assert.match(group.stdout.toString(), new RegExp(`^ {2}${name} {2,}[A-Z]`, 'm'));
    assert.match(action.stdout.toString(), /^usage: ffn job trim \[OPTIONS\] FILE\|URL --from TIME/);
    assert.doesNotMatch(action.stdout.toString(), /--base|--status/);
  });
});

/** Returns the number of each frame of a package, a file or a URL, by the brightness of its middle. */
async function brightness(main: string): Promise<number[]> {
  const scaled = folder.file(`${main.replaceAll(/[/:]/g, '-')}.mkv`);
  const played = /^http:/.test(main) ? main : folder.file(main);
  const filter = ['-vf', 'crop=iw/4:ih/4,scale=64:64', '-an', ...X264, '-qp', '0', '-fps_mode', 'passthrough'];
  // This process serves the URL.
  await promisify(execFile)(MEDIA_FFMPEG, ['-v', 'error', '-i', played, ...filter, scaled]);
  return await rampNumbers(scaled);
}
