import { AppError } from '#lib/errors.ts';
import { FAILURE_WORDS, type InputKind } from './failure-words.ts';
import { type FfmpegOutcome, type OutcomeKind, ownWords } from './outcome.ts';

type Judge<Kind extends OutcomeKind> = (
  outcome: Extract<FfmpegOutcome, { kind: Kind }>,
  input: InputKind,
) => AppError | undefined;

const JUDGES: { readonly [Kind in OutcomeKind]: Judge<Kind> } = {
  finished: () => undefined,
  failed: ({ exitCode, signal, log }, input) =>
    // After a kill from outside, the log does not explain the exit, and a retry may succeed.
    (signal === 'SIGKILL' ? undefined : wordsOf(log, input)) ??
    new AppError(
      'FFMPEG_ERROR',
      { exit_code: exitCode, signal, log },
      { recoverable: signal === 'SIGKILL', message: `ffmpeg ended with ${signal ?? `exit code ${exitCode}`}` },
    ),
  out_of_memory: () =>
    new AppError('OVERLOADED', { reason: 'ffmpeg_memory' }, { message: 'ffmpeg reached its memory limit' }),
  stopped: () => new AppError('UNAVAILABLE', { reason: 'stopped' }, { message: 'ffmpeg was stopped' }),
  timed_out: ({ limitSeconds }) =>
    new AppError(
      'TIMEOUT',
      { part: 'ffmpeg', limit_seconds: limitSeconds },
      { message: `ffmpeg ran longer than its limit of ${limitSeconds} seconds` },
    ),
  out_of_cpu: ({ limitSeconds }) =>
    new AppError(
      'PAYLOAD_TOO_LARGE',
      { part: 'ffmpeg', limit_cpu_seconds: limitSeconds },
      { message: `ffmpeg used more than its limit of ${limitSeconds} seconds of CPU time` },
    ),
  stalled: ({ limitSeconds }) =>
    new AppError(
      'TIMEOUT',
      { part: 'ffmpeg', limit_seconds: limitSeconds },
      { message: `ffmpeg made no progress for ${limitSeconds} seconds` },
    ),
};

/** Returns the error for an outcome; undefined when ffmpeg finished. */
export function failureOf<Kind extends OutcomeKind>(
  outcome: Extract<FfmpegOutcome, { kind: Kind }>,
  input: InputKind,
): AppError | undefined {
  const judge: Judge<Kind> = JUDGES[outcome.kind as Kind];
  return judge(outcome, input);
}

/** Returns the error for a source that is a media file without a single audio sample. */
export function noSound(): AppError {
  return new AppError('UNSUPPORTED_FORMAT', {}, { message: 'the source contains no audio' });
}

/** Logged when ffmpeg reopens a connection, which is not a failure. */
const RECONNECTS = /will reconnect at/i;

/** Returns the error of the first matching table entry. For a URL, which the caller named, its message is ffmpeg's. */
function wordsOf(log: readonly string[], input: InputKind): AppError | undefined {
  const own = ownWords(log).filter((line) => !RECONNECTS.test(line));
  const lastOf = (pattern: string) => own.findLast((line) => new RegExp(pattern, 'i').test(line));
  for (const { code, recoverable, pattern, beside } of FAILURE_WORDS[input]) {
    const message = lastOf(pattern);
    if (message === undefined || lastOf(beside) === undefined) continue;
    const isShown = input === 'opened' || code === 'UNAVAILABLE';
    return new AppError(code, { log }, { recoverable, ...(isShown ? { message } : {}) });
  }
  return undefined;
}
