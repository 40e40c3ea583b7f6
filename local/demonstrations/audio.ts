import { access, constants, mkdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openOutput } from '../../client/cli/output/output-file.ts';
import { createProgressBar } from '../../client/cli/output/progress-bar.ts';
import { fileLength } from '../../client/cli/source/source-length.ts';
import { storeFile } from '../s3/sample-store.ts';
import { type Demonstration, OUTPUT_FOLDER, type Stage, shellWord } from './demonstration.ts';

const SPEED = 1.25;
const EQ_PRESET = 'bass_boost';

/** Transcodes a recording to Opus through the client, faster and with an equaliser. */
export function demonstrateAudio(source: string): Demonstration {
  return {
    check: () => checkFile(source),
    show: (stage) => show(source, stage),
    next: nextCommands(source),
  };
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

async function show(source: string, { system, client, dataDir, say }: Stage): Promise<void> {
  const output = join(OUTPUT_FOLDER, `${basename(source, extname(source))}.opus`);
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
  await mkdir(OUTPUT_FOLDER, { recursive: true });
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

function nextCommands(source: string): string {
  const file = shellWord(relative(process.cwd(), source));
  return `
next, in three terminals:

  npm start
      serves the same system on http://127.0.0.1:8090; the API is described at http://127.0.0.1:8090/docs

  npx ffn play ${file} --speed 0.5
      plays the file from the service at half speed, through mpv, ffplay or aplay

  npx ffn set "$(npx ffn list | head -n 1 | cut -c 1-36)" --speed 1.25
      changes the speed of the stream while it plays`;
}
