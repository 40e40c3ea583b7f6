import { AppError } from '#lib/errors.ts';
import { type FfmpegOutcome, type OutcomeKind, ownWords } from '#lib/ffmpeg/outcome.ts';

/** What ffmpeg says when the input is none of the media it was allowed to try. */
const NOT_MEDIA = [
  /invalid data found when processing input/i,
  /stream map '0:a:0' matches no streams/i,
  /could not find codec parameters/i,
  /does not contain any stream/i,
  /format not on whitelist/i,
  /moov atom not found/i,
  /decoder .* not found|unknown decoder|no decoder could be found/i,
  /cannot determine format of input stream/i,
];

type Judge<Kind extends OutcomeKind> = (outcome: Extract<FfmpegOutcome, { kind: Kind }>) => AppError | undefined;

const JUDGES: { readonly [Kind in OutcomeKind]: Judge<Kind> } = {
  finished: () => undefined,
  failed: ({ exitCode, signal, log }) =>
    ownWords(log).some((line) => NOT_MEDIA.some((pattern) => pattern.test(line)))
      ? new AppError('UNSUPPORTED_FORMAT', { log })
      : new AppError(
          'FFMPEG_ERROR',
          { exit_code: exitCode, signal, log },
          // Killed from outside: the next one may live.
          { recoverable: signal === 'SIGKILL', message: `ffmpeg ended with ${signal ?? `exit code ${exitCode}`}` },
        ),
  out_of_memory: () =>
    new AppError('OVERLOADED', { reason: 'ffmpeg_memory' }, { message: 'ffmpeg reached its memory bound' }),
  stopped: () => new AppError('UNAVAILABLE', { reason: 'stopped' }, { message: 'the transcode was stopped' }),
  timed_out: ({ limitSeconds }) =>
    new AppError('TIMEOUT', { part: 'ffmpeg', limit_seconds: limitSeconds }, { message: 'ffmpeg took too long' }),
  stalled: ({ limitSeconds }) =>
    new AppError('TIMEOUT', { part: 'ffmpeg', limit_seconds: limitSeconds }, { message: 'ffmpeg made no progress' }),
};

/** The error an ffmpeg's end means for its caller; undefined when it did its work. */
export function failureOf<Kind extends OutcomeKind>(
  outcome: Extract<FfmpegOutcome, { kind: Kind }>,
): AppError | undefined {
  const judge: Judge<Kind> = JUDGES[outcome.kind as Kind];
  return judge(outcome);
}
