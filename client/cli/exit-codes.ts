import { AppError, type ErrorCode } from '#lib/errors.ts';

/** The exit codes and what they mean, as `ffn --help` lists them. */
export const EXIT = {
  ok: { code: 0, means: 'done' },
  refused: { code: 1, means: 'the source or the request is wrong: the same again would fare no better' },
  usage: { code: 2, means: 'the command line is wrong' },
  unavailable: { code: 3, means: 'the service is away, busy or too slow, and so is the local ffmpeg' },
  local: { code: 4, means: 'this machine: the output cannot be written, or there is no player' },
  credentials: { code: 5, means: 'the service refuses the credentials' },
  stopped: { code: 6, means: 'somebody else has stopped it' },
  defect: { code: 70, means: 'a defect of ffn' },
  interrupted: { code: 130, means: 'interrupted (143: terminated)' },
} as const;

type ExitName = keyof typeof EXIT;

/** A failure with a message for people. */
export class CliError extends Error {
  readonly exit: ExitName;
  readonly code: string;

  constructor(exit: ExitName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
    this.code = exit.toUpperCase();
  }
}

/** What is wrong with the command line. */
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

/** Error codes that do not mean that the request is wrong. */
const EXIT_OF_CODE: Readonly<Partial<Record<ErrorCode, ExitName>>> = {
  UNAUTHENTICATED: 'credentials',
  FORBIDDEN: 'credentials',
  UNAVAILABLE: 'unavailable',
  OVERLOADED: 'unavailable',
  RATE_LIMITED: 'unavailable',
  TIMEOUT: 'unavailable',
  INTERNAL_ERROR: 'unavailable',
};

function exitOf({ code, details }: AppError): ExitName {
  if (code === 'CONFLICT' && details['state'] === 'cancelled') return 'stopped';
  return EXIT_OF_CODE[code] ?? 'refused';
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interruption) return error.exitCode;
  if (error instanceof CliError) return EXIT[error.exit].code;
  if (error instanceof AppError) return EXIT[exitOf(error)].code;
  return EXIT.defect.code;
}
