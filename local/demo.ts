import { access, constants, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, relative } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { openOutput } from '../client/cli/output/output-file.ts';
import { createProgressBar } from '../client/cli/output/progress-bar.ts';
import { fileLength } from '../client/cli/source/source-length.ts';
import { type Client, createClient } from '../client/published.ts';
import { interruption } from './interruption.ts';
import { SAMPLE } from './s3/sample-recording.ts';
import { storeFile } from './s3/sample-store.ts';
import { type System, startSystem } from './system.ts';

/**
 * `npm run demo [-- FILE]`: starts the whole system on free ports, stores a recording in its bucket, transcodes it to
 * Opus through the client, faster and with an equaliser, writes the result to `out/`, and stops everything.
 */
const SPEED = 1.25;
const EQ_PRESET = 'bass_boost';
/** The first request to a cold system on a busy machine takes longer than the client's defaults allow. */
const TIMEOUTS = { firstAudioMs: 20_000, silenceMs: 20_000, behindMs: 20_000, giveUpMs: 30_000 };

const source = process.argv[2] ?? fileURLToPath(SAMPLE);
const outputFolder = fileURLToPath(new URL('../out/', import.meta.url));
const output = join(outputFolder, `${basename(source, extname(source))}.opus`);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Throws an error for people when the file cannot be read. */
async function checkFile(file: string): Promise<void> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(cause.code === 'ENOENT' ? `${file} does not exist` : `${file} cannot be read (${cause.code})`);
  });
  if (!found.isFile()) throw new Error(`${file} is not a file`);
  await access(file, constants.R_OK).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${code})`);
  });
}

async function demonstrate(dataDir: string): Promise<void> {
  const interrupted = interruption();
  await checkFile(source);
  say('starting the system: the host with its functions, PostgreSQL and an S3 server');
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
  const client = createClient({ baseUrl: system.url, fallback: false, timeouts: TIMEOUTS, log: { warn() {} } });
  try {
    await Promise.race([show(system, client, dataDir).catch(failed), interrupted]);
  } finally {
    client.close();
    const clean = await system.stop();
    say(clean ? '\nstopped' : '\nstopped, but not cleanly');
    if (!clean) process.exitCode = 1;
  }
  sayWhatNext();
}

function failed(cause: Error): never {
  throw new Error(`transcoding ${source} failed: ${cause.message}`, { cause });
}

async function show(system: System, client: Client, dataDir: string): Promise<void> {
  const sourceUrl = await storeFile(source, { endpoint: system.s3Endpoint, dataDir });
  const length = await fileLength(source, undefined);
  say(`POST ${system.url}/transcode\n  ${sourceUrl} → Opus, speed ${SPEED}, ${EQ_PRESET}`);
  const startedAt = performance.now();
  const stream = await client.transcode({
    source_url: sourceUrl,
    output_format: 'opus',
    filters: { speed: SPEED, eq_preset: EQ_PRESET },
  });
  const firstByteMs = performance.now() - startedAt;
  const bar = createProgressBar(process.stdout);
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      bar.show({ seconds: stream.positionSeconds, total: length, bytes });
      done(null, chunk);
    },
  });
  await mkdir(outputFolder, { recursive: true });
  const file = openOutput(output);
  try {
    await pipeline(stream, meter, file.stream);
    await file.finish();
  } catch (error) {
    bar.end();
    await file.abandon({ keep: false });
    throw error;
  }
  const totalMs = performance.now() - startedAt;
  // The full bar stays above the figures.
  if (length !== undefined) bar.show({ seconds: length.seconds, total: length, bytes });
  const audioSeconds = stream.positionSeconds / SPEED;
  const path = shellWord(relative(process.cwd(), output));
  say(`${process.stdout.isTTY ? '\n' : ''}
  first byte   ${firstByteMs.toFixed(0)} ms after the request
  audio        ${audioSeconds.toFixed(1)} s in ${(totalMs / 1_000).toFixed(2)} s: ${((audioSeconds * 1_000) / totalMs).toFixed(0)} × real time
  bytes        ${bytes}
  written to   ${path}
  to hear it   ffplay -autoexit ${path}   (or mpv, VLC, a browser)`);
}

function sayWhatNext(): void {
  const file = shellWord(relative(process.cwd(), source));
  say(`
next, in three terminals:

  npm start
      serves the same system on http://127.0.0.1:8090; the API is described at http://127.0.0.1:8090/docs

  npx ffn play ${file} --speed 0.5
      plays the file from the service at half speed, through mpv, ffplay or aplay

  npx ffn set "$(npx ffn list | head -n 1 | cut -c 1-36)" --speed 1.25
      changes the speed of the stream while it plays`);
}

/** The text as one word of a shell. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const dataDir = await mkdtemp(join(tmpdir(), 'ffmpeg-functions-demo-'));
try {
  await demonstrate(dataDir);
} catch (error) {
  say(`\nthe demo stopped early: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
