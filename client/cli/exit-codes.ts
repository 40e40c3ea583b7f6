import { AppError, type ErrorCode } from '#lib/errors.ts';

/** The exit codes and their meaning, as `ffn --help` lists them. */
export const EXIT = {
  ok: { code: 0, means: 'success' },
  refused: { code: 1, means: 'the source or the request is invalid: a retry fails too' },
  usage: { code: 2, means: 'the command line is invalid' },
  unavailable: { code: 3, means: 'the service or the source is unavailable, busy or too slow: a retry may succeed' },
  local: {
    code: 4,
    means:
      'a problem on this machine: the output cannot be written, a file of a job cannot be read, or the player is missing or fails',
  },
  credentials: { code: 5, means: 'the service rejects the credentials' },
  stopped: { code: 6, means: 'another client stopped the transcode or job' },
  defect: { code: 70, means: 'an internal error of ffn' },
  interrupted: { code: 130, means: 'interrupted (143: terminated)' },
} as const;

type ExitName = keyof typeof EXIT;

/** A failure with a message for the user. */
export class CliError extends Error {
  readonly exit: ExitName;
  readonly code: string;

  constructor(exit: ExitName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
    this.code = exit.toUpperCase();
  }
}

/** Returns the error for an invalid command line. */
export function usageError(message: string): CliError {
  return new CliError('usage', message);
}

/** The reason of the abort signal. */
export class Interruption extends Error {
  readonly code = 'INTERRUPTED';
  readonly exitCode: number;

  constructor(signal: keyof typeof SIGNALS) {
    super(SIGNALS[signal].word);
    this.exitCode = SIGNALS[signal].exitCode;
  }
}

const SIGNALS = {
  SIGINT: { word: 'interrupted', exitCode: EXIT.interrupted.code },
  SIGTERM: { word: 'terminated', exitCode: 143 },
} as const;

/** Error codes that do not mean that the request is invalid, in addition to the errors that are recoverable. */
const EXIT_OF_CODE: Readonly<Partial<Record<ErrorCode, ExitName>>> = {
  UNAUTHENTICATED: 'credentials',
  FORBIDDEN: 'credentials',
  UNAVAILABLE: 'unavailable',
  INTERNAL_ERROR: 'unavailable',
};

function exitOf({ code, details, recoverable }: AppError): ExitName {
  if (code === 'CONFLICT' && details['state'] === 'cancelled') return 'stopped';
  return EXIT_OF_CODE[code] ?? (recoverable ? 'unavailable' : 'refused');
}

/** Whether the service rejects the credentials. */
export function areRejected(error: AppError): boolean {
  return exitOf(error) === 'credentials';
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interruption) return error.exitCode;
  if (error instanceof CliError) return EXIT[error.exit].code;
  if (error instanceof AppError) return EXIT[exitOf(error)].code;
  return EXIT.defect.code;
}
