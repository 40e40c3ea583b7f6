import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, relative } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '#lib/config.ts';
import { findFfmpeg } from '#lib/ffmpeg/binary.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';
import { oggPositionSeconds } from './demo/ogg-position.ts';
import { createProgressBar } from './demo/progress-bar.ts';
import { interruption } from './interruption.ts';
import { SAMPLE } from './s3/sample-recording.ts';
import { storeFile } from './s3/sample-store.ts';
import { type System, startSystem } from './system.ts';

/**
 * `npm run demo [-- FILE]`: starts the whole system on free ports, puts a recording into its store, transcodes it to
 * Opus, faster and with an equaliser, writes what streams back, and stops everything.
 */
const SPEED = 1.25;
const EQ_PRESET = 'bass_boost';

const source = process.argv[2] ?? fileURLToPath(SAMPLE);
const outputFolder = fileURLToPath(new URL('../out/', import.meta.url));
const output = join(outputFolder, `${basename(source, extname(source))}.opus`);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Seconds of the file, as ffmpeg tells them; undefined when it does not know. */
async function durationOf(file: string): Promise<number | undefined> {
  const { FFMPEG_PATH, PATH } = loadConfig();
  const { path } = await findFfmpeg({
    purpose: 'audio',
    ffmpegPath: FFMPEG_PATH,
    path: PATH,
    required: AUDIO_CAPABILITIES,
  });
  const { promise, resolve } = Promise.withResolvers<string>();
  // Without an output ffmpeg describes its input and ends with an error: that is all that is wanted.
  execFile(path, ['-hide_banner', '-i', file], (_error, _stdout, stderr) => resolve(stderr));
  const [, hours, minutes, seconds] = /Duration: (\d+):(\d+):([\d.]+)/.exec(await promise) ?? [];
  return seconds === undefined ? undefined : Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

type Result = { firstByteMs: number; totalMs: number; bytes: number; audioSeconds: number };

async function transcode(url: string, sourceUrl: string, totalSeconds: number | undefined): Promise<Result> {
  const startedAt = performance.now();
  const response = await fetch(`${url}/transcode`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      source_url: sourceUrl,
      output_format: 'opus',
      filters: { speed: SPEED, eq_preset: EQ_PRESET },
    }),
  });
  if (!response.ok || response.body === null)
    throw new Error(`the service answered ${response.status}: ${await response.text()}`);
  const result = { firstByteMs: 0, totalMs: 0, bytes: 0, audioSeconds: 0 };
  const draw = createProgressBar(totalSeconds);
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      if (result.bytes === 0) result.firstByteMs = performance.now() - startedAt;
      result.bytes += chunk.length;
      result.audioSeconds = oggPositionSeconds(chunk) ?? result.audioSeconds;
      draw(result.audioSeconds);
      callback(null, chunk);
    },
  });
  await mkdir(outputFolder, { recursive: true });
  await pipeline(Readable.fromWeb(response.body as never), meter, createWriteStream(output));
  if (process.stdout.isTTY) process.stdout.write('\n');
  return { ...result, totalMs: performance.now() - startedAt };
}

async function demonstrate(dataDir: string): Promise<void> {
  const interrupted = interruption();
  say('starting the system: the host with its functions, PostgreSQL, and an S3 server');
  const environment = {
    ...process.env,
    DATA_DIR: dataDir,
    PORT: '0',
    S3_PORT: '0',
    PGPORT: '0',
    LOG_LEVEL: 'warn',
    S3_ENDPOINT: '',
    DATABASE_URL: '',
  };
  const system = await startSystem({ environment, report: say });
  try {
    await Promise.race([show(system), interrupted]);
  } finally {
    const clean = await system.stop();
    say(clean ? '\nstopped' : '\nstopped, but not cleanly');
    if (!clean) process.exitCode = 1;
  }
}

async function show(system: System): Promise<void> {
  const sourceUrl = await storeFile(system.s3Endpoint, source);
  const duration = await durationOf(source);
  say(`POST ${system.url}/transcode\n  ${sourceUrl} → Opus, speed ${SPEED}, ${EQ_PRESET}`);
  const result = await transcode(system.url, sourceUrl, duration === undefined ? undefined : duration / SPEED);
  const file = relative(process.cwd(), output);
  say(`
  first byte   ${result.firstByteMs.toFixed(0)} ms after the request
  audio        ${result.audioSeconds.toFixed(1)} s in ${(result.totalMs / 1_000).toFixed(2)} s: ${((result.audioSeconds * 1_000) / result.totalMs).toFixed(0)} × real time
  bytes        ${result.bytes}
  written to   ${file}
  to hear it   ffplay -autoexit '${file}'   (or mpv, VLC, a browser)`);
}

const dataDir = await mkdtemp(join(tmpdir(), 'ffmpeg-functions-demo-'));
try {
  await demonstrate(dataDir);
} catch (error) {
  say(`\nit did not work: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
