import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import type { OutputFormat } from '#lib/profiles/audio.ts';
import type { AudioStream } from '../../audio-stream.ts';
import { CliError } from '../exit-codes.ts';

type Player = {
  readonly name: string;
  readonly format: OutputFormat;
  readonly args: readonly string[];
  /** Matches the line that says why it failed, even where it exits with 0. */
  readonly failure: RegExp;
};

export type InstalledPlayer = Player & { readonly path: string };

/** The supported players, best first; each reads from standard input and prints only errors. */
const PLAYERS: readonly Player[] = [
  {
    name: 'mpv',
    format: 'opus',
    args: ['--no-video', '--msg-level=all=error', '--no-input-terminal', '-'],
    failure: /no sound|Failed to initialize/,
  },
  {
    name: 'ffplay',
    format: 'opus',
    args: ['-loglevel', 'error', '-nodisp', '-autoexit', '-i', 'pipe:0'],
    failure: /audio open failed|Could not initialize|^Failed to open/,
  },
  {
    name: 'aplay',
    format: 'pcm',
    args: ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', '48000', '-c', '2', '-'],
    failure: /^aplay: .*(?:error|failed)/,
  },
];

/** Returns the named player, or else the best one. Throws a CliError when it is not installed. */
export function findPlayer(named: string | undefined): InstalledPlayer {
  const wanted = PLAYERS.filter(({ name }) => named === undefined || name === named);
  for (const player of wanted) {
    const path = findOnPath(player.name, process.env['PATH'] ?? '');
    if (path !== undefined) return { ...player, path };
  }
  const names = (wanted.length > 0 ? wanted : PLAYERS).map(({ name }) => name);
  throw new CliError('local', `no player found: ${names.join(', ')}`);
}

/** Resolves when the stream has been played to its end, or the user has closed the player. */
export async function playWith(player: InstalledPlayer, stream: AudioStream, signal: AbortSignal): Promise<void> {
  const { name, path, args } = player;
  const child = spawn(path, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  const kill = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', kill, { once: true });
  try {
    const exited = once(child, 'exit') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
    const printed = text(child.stderr);
    const failure = pipeline(stream, child.stdin).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    const [code, killedBy] = await exited.catch((cause: NodeJS.ErrnoException) => {
      throw new CliError('local', `${name} cannot be started (${cause.code})`, { cause });
    });
    stream.destroy();
    signal.throwIfAborted();
    const error = await failure;
    const why = reasonOf(player, await printed);
    if (code !== 0) throw new CliError('local', `${name} ended with ${killedBy ?? `exit code ${code}`}${why.words}`);
    if (why.isFailure) throw new CliError('local', `${name} failed${why.words}`);
    if (error !== undefined && !CLOSED.has(error.code ?? '')) throw error;
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** Returns what a player printed about its failure, in one line. */
function reasonOf({ failure }: Player, printed: string): { readonly words: string; readonly isFailure: boolean } {
  const lines = printed.split('\n').filter((line) => line.trim() !== '');
  const found = lines.find((line) => failure.test(line));
  const line = found ?? lines.at(-1);
  return { words: line === undefined ? '' : `: ${line.trim()}`, isFailure: found !== undefined };
}

/** Error codes of a player that has closed its input. */
const CLOSED: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE']);
