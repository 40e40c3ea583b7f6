import { AppError } from '#lib/errors.ts';
import { FAILURE_WORDS } from './failure-words.ts';
import { type FfmpegOutcome, type OutcomeKind, ownWords } from './outcome.ts';

type Judge<Kind extends OutcomeKind> = (outcome: Extract<FfmpegOutcome, { kind: Kind }>) => AppError | undefined;

const JUDGES: { readonly [Kind in OutcomeKind]: Judge<Kind> } = {
  finished: () => undefined,
  failed: ({ exitCode, signal, log }) =>
    // After a kill from outside, the log does not explain the exit, and a retry may succeed.
    (signal === 'SIGKILL' ? undefined : wordsOf(log)) ??
    new AppError(
      'FFMPEG_ERROR',
      { exit_code: exitCode, signal, log },
      { recoverable: signal === 'SIGKILL', message: `ffmpeg ended with ${signal ?? `exit code ${exitCode}`}` },
    ),
  // The limit is that of one ffmpeg, so the same input reaches it again.
  out_of_memory: () =>
    new AppError('FFMPEG_ERROR', { reason: 'ffmpeg_memory' }, { message: 'ffmpeg reached its memory limit' }),
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
): AppError | undefined {
  const judge: Judge<Kind> = JUDGES[outcome.kind as Kind];
  return judge(outcome);
}

/** Returns the error for a source that is a media file without a single audio sample. */
export function noSound(): AppError {
  return new AppError('UNSUPPORTED_FORMAT', {}, { message: 'the source contains no audio' });
}

/** Returns the error of the first matching table entry. */
function wordsOf(log: readonly string[]): AppError | undefined {
  const own = ownWords(log);
  for (const { code, recoverable, pattern } of FAILURE_WORDS) {
    const message = own.findLast((line) => new RegExp(pattern, 'i').test(line));
    if (message === undefined) continue;
    return new AppError(code, { log }, { recoverable, ...(code === 'UNAVAILABLE' ? { message } : {}) });
  }
  return undefined;
}
