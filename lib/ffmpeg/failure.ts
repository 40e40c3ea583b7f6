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
    // Killed from outside, it had no last words, and the next one may live.
    (signal === 'SIGKILL' ? undefined : wordsOf(log, input)) ??
    new AppError(
      'FFMPEG_ERROR',
      { exit_code: exitCode, signal, log },
      { recoverable: signal === 'SIGKILL', message: `ffmpeg ended with ${signal ?? `exit code ${exitCode}`}` },
    ),
  out_of_memory: () =>
    new AppError('OVERLOADED', { reason: 'ffmpeg_memory' }, { message: 'ffmpeg reached its memory bound' }),
  stopped: () => new AppError('UNAVAILABLE', { reason: 'stopped' }, { message: 'ffmpeg was stopped' }),
  timed_out: ({ limitSeconds }) =>
    new AppError('TIMEOUT', { part: 'ffmpeg', limit_seconds: limitSeconds }, { message: 'ffmpeg took too long' }),
  stalled: ({ limitSeconds }) =>
    new AppError('TIMEOUT', { part: 'ffmpeg', limit_seconds: limitSeconds }, { message: 'ffmpeg made no progress' }),
};

/** The error an ffmpeg's end means for its caller; undefined when it did its work. */
export function failureOf<Kind extends OutcomeKind>(
  outcome: Extract<FfmpegOutcome, { kind: Kind }>,
  input: InputKind,
): AppError | undefined {
  const judge: Judge<Kind> = JUDGES[outcome.kind as Kind];
  return judge(outcome, input);
}

/** The error for a source that has the form of media, and not one sample. */
export function noSound(): AppError {
  return new AppError('UNSUPPORTED_FORMAT', {}, { message: 'the source holds no sound' });
}

/** Of a connection that is opened again: no failure by itself. */
const RECONNECTS = /will reconnect at/i;

/** The error by the first entry of the table that fits; of a URL, which the caller named, ffmpeg's own line is the message. */
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
