import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import type { OutputFormat } from '#lib/profiles/audio.ts';
import type { AudioStream } from '../../audio-stream.ts';
import { argumentOf, type Command, textOf } from '../arguments/command.ts';
import { ADJUSTABLE_LIVE, FILTER_OPTIONS, PART_OPTIONS, requestOf } from '../arguments/request-options.ts';
import { CONNECTION_OPTIONS, connect, FALLBACK_OPTIONS } from '../connection.ts';
import { CliError } from '../exit-codes.ts';
import { openSource } from '../source/open-source.ts';

type Player = { readonly name: string; readonly format: OutputFormat; readonly args: readonly string[] };

/** The supported players, best first; each reads from standard input. */
const PLAYERS: readonly Player[] = [
  { name: 'mpv', format: 'opus', args: ['--no-video', '--really-quiet', '--no-terminal', '-'] },
  { name: 'ffplay', format: 'opus', args: ['-loglevel', 'error', '-nodisp', '-autoexit', '-i', 'pipe:0'] },
  { name: 'aplay', format: 'pcm', args: ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', '48000', '-c', '2', '-'] },
];

/** `ffn play FILE|URL`: live, so that filters can change while it plays. */
export const play: Command = {
  usage: 'FILE|URL',
  help: 'Play a source on this machine',
  notes: 'It plays through mpv, ffplay or aplay. "ffn set" changes the filters while it plays.',
  examples: ['https://example.org/song.mp3', 'song.flac --eq bass_boost --start 1:30'],
  takes: [1, 1],
  options: {
    ...FILTER_OPTIONS,
    ...PART_OPTIONS,
    player: { type: 'string', value: 'NAME', help: 'mpv, ffplay or aplay (default: the first one found)' },
    ...CONNECTION_OPTIONS,
    ...FALLBACK_OPTIONS,
  },
  async run(run) {
    const { values, report, signal } = run;
    const player = findPlayer(textOf(values, 'player'));
    using connection = connect(run, { isLive: true });
    const { url } = await openSource(argumentOf(run), connection, run);
    const request = { ...requestOf(values, player.format, url), ...ADJUSTABLE_LIVE };
    const stream = await connection.open(request, { signal });
    const { id, via } = stream;
    const hint = via === 'service' ? `playing; change it with: ffn set ${id} --speed 1.25` : 'playing';
    report.event('started', { id, via, player: player.name }, hint);
    await playWith(player, stream, signal);
    report.event('done', { id, via: stream.via, position_seconds: stream.positionSeconds });
  },
};

function findPlayer(named: string | undefined): Player & { readonly path: string } {
  const wanted = PLAYERS.filter(({ name }) => named === undefined || name === named);
  for (const player of wanted) {
    const path = findOnPath(player.name, process.env['PATH'] ?? '');
    if (path !== undefined) return { ...player, path };
  }
  throw new CliError(
    'local',
    `no player found: ${(wanted.length > 0 ? wanted : PLAYERS).map(({ name }) => name).join(', ')}`,
  );
}

/** Resolves when the stream has been played to its end, or the user has closed the player. */
async function playWith(
  { name, path, args }: Player & { readonly path: string },
  stream: AudioStream,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(path, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  const kill = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', kill, { once: true });
  try {
    const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
    const failure = pipeline(stream, child.stdin).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    const [code] = await exited;
    stream.destroy();
    signal.throwIfAborted();
    const error = await failure;
    if (code !== 0) throw new CliError('local', `${name} exited with ${code}`);
    if (error !== undefined && !CLOSED.has(error.code ?? '')) throw error;
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** Error codes of a player that has closed its input. */
const CLOSED: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE']);
