import { extname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#lib/errors.ts';
import type { OutputFormat } from '#lib/profiles/audio.ts';
import type { AudioStream } from '../../audio-stream.ts';
import { argumentOf, type Command, secondsOf, textOf } from '../arguments/command.ts';
import {
  ENCODING_OPTIONS,
  FILTER_OPTIONS,
  formatOf,
  LIVE_OPTIONS,
  liveOf,
  PART_OPTIONS,
  requestOf,
} from '../arguments/request-options.ts';
import { CONNECTION_OPTIONS, connect, FALLBACK_OPTIONS } from '../connection.ts';
import { CliError, usageError } from '../exit-codes.ts';
import { openOutput, outputError } from '../output/output-file.ts';
import { watchProgress } from '../output/watch-progress.ts';
import { clock, size } from '../output/words.ts';
import { openSource } from '../source/open-source.ts';

/** `ffn transcode FILE|URL -o out.opus`. */
export const transcode: Command = {
  usage: 'FILE|URL -o OUTPUT',
  help: 'Transcode a source into a file',
  notes: 'A local file is uploaded to the bucket of the service and stays there.',
  examples: [
    'https://example.org/song.mp3 -o song.opus --speed 1.25 --eq bass_boost',
    'song.flac -o song.aac --bitrate 192k',
    'song.mp3 -o - --format pcm --start 1:30 --duration 10 | aplay -t raw -f S16_LE -r 48000 -c 2',
  ],
  takes: [1, 1],
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'OUTPUT',
      once: true,
      help: 'the file to write; - for standard output (required)',
    },
    format: { type: 'string', value: 'NAME', help: 'opus, aac or pcm (default: from the extension of OUTPUT)' },
    ...FILTER_OPTIONS,
    ...ENCODING_OPTIONS,
    ...PART_OPTIONS,
    live: { type: 'boolean', help: 'transcode in real time, so that "ffn set" can change it' },
    ...LIVE_OPTIONS,
    keep: { type: 'boolean', help: 'keep the incomplete output after a failure' },
    ...CONNECTION_OPTIONS,
    ...FALLBACK_OPTIONS,
  },
  async run(run) {
    const { values, report, signal } = run;
    const name = textOf(values, 'output');
    if (name === undefined || name === '') throw usageError('-o OUTPUT is missing');
    const format = formatOfOutput(name, textOf(values, 'format'));
    const isLive = values['live'] === true;
    if (!isLive && textOf(values, 'adjust') !== undefined) throw usageError('--adjust needs --live');
    const live = isLive ? liveOf(values) : {};
    using connection = connect(run, { isLive });
    const source = await openSource(argumentOf(run), connection, run);
    const startedAt = performance.now();
    const stream = await connection.open({ ...requestOf(values, format, source.url), ...live }, { signal });
    const isChangeable = isLive && stream.via === 'service';
    const hint = isChangeable ? `change it with: ffn set ${stream.id} --speed 1.25` : undefined;
    report.event('started', { id: stream.id, via: stream.via, output: name }, hint);
    using _progress = watchProgress(stream, { run, connection, source });
    const bytes = await write(stream, { name, keep: values['keep'] === true });
    const { via, positionSeconds: position_seconds, id } = stream;
    const seconds = (performance.now() - startedAt) / 1_000;
    const { fallbacks, resumes } = connection.client.counters();
    report.event(
      'done',
      { id, via, output: name, bytes, position_seconds, seconds, fallbacks, resumes },
      `${name}: ${clock(position_seconds - (secondsOf(values, 'start') ?? 0))} of the source, ${size(bytes)}, in ${seconds.toFixed(1)} s by ${MADE_BY[via]}`,
    );
  },
};

const MADE_BY = { service: 'the service', fallback: 'the local ffmpeg' } as const;

function formatOfOutput(name: string, named: string | undefined): OutputFormat {
  const format = formatOf(named ?? extname(name).slice(1));
  if (format !== undefined) return format;
  if (named !== undefined) throw usageError(`--format takes opus, aac or pcm, not "${named}"`);
  throw usageError(`no format known for "${name}": use --format opus, aac or pcm`);
}

/** Writes the stream to the output. Resolves with the number of bytes. */
async function write(stream: AudioStream, { name, keep }: { name: string; keep: boolean }): Promise<number> {
  const output = openOutput(name);
  let bytes = 0;
  let isOutputs = false;
  output.stream.on('error', () => {
    isOutputs = true;
  });
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(stream, counter, output.stream, { end: output.stream !== process.stdout });
    await output.finish();
    return bytes;
  } catch (error) {
    await output.abandon({ keep: keep && bytes > 0 });
    if (error instanceof AppError) throw error;
    if (isOutputs || (error as Error & { syscall?: string }).syscall !== undefined) {
      throw error instanceof CliError ? error : outputError(name, error as NodeJS.ErrnoException);
    }
    throw error;
  }
}
