import { styleText } from 'node:util';
import { AppError, type ErrorCode } from '#lib/errors.ts';
import { printableJson, printableLine } from './printable.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Prints text, or JSON with one object per line. */
export type Report = {
  readonly isJson: boolean;
  /** Prints the result of the command to standard output: one or more lines. */
  result(value: object, text: string | readonly string[]): void;
  /** Prints progress: text to standard error, JSON among the results. */
  event(event: string, fields: Fields, text?: string): void;
  warn(fields: Fields, text: string): void;
  /** Prints one line to standard error. */
  error(error: unknown): void;
};

export type ReportOptions = {
  readonly isJson: boolean;
  /** Whether standard output carries the audio. */
  readonly isOutputTaken: boolean;
};

type Style = Parameters<typeof styleText>[0];

/** Adds colour, but only on a terminal and unless NO_COLOR is set (no-color.org). */
export function styled(stream: NodeJS.WriteStream, style: Style, text: string): string {
  const { NO_COLOR, TERM } = process.env;
  if (!stream.isTTY || TERM === 'dumb' || (NO_COLOR !== undefined && NO_COLOR !== '')) return text;
  return styleText(style, text);
}

export function createReport({ isJson, isOutputTaken }: ReportOptions): Report {
  const { stdout, stderr } = process;
  const results = isOutputTaken ? stderr : stdout;
  const object = (stream: NodeJS.WriteStream, value: object) => void stream.write(`${printableJson(value)}\n`);
  // Overwrites a progress bar on this line.
  const words = (text: string, label = '') =>
    void stderr.write(`${stderr.isTTY ? '\r\x1b[K' : ''}${label}${printableLine(text)}\n`);

  return {
    isJson,
    result(value, text) {
      if (isJson) object(results, value);
      else for (const line of [text].flat()) results.write(`${printableLine(line)}\n`);
    },
    event(event, fields, text) {
      if (isJson) object(results, { event, ...fields });
      else if (text !== undefined) words(text);
    },
    warn(fields, text) {
      if (isJson) object(results, { event: 'warning', message: text, ...fields });
      else words(text, `${styled(stderr, 'yellow', 'warning:')} `);
    },
    error(error) {
      const description = describe(error);
      if (isJson) object(stderr, { event: 'error', ...description });
      else words(inWords(error, description), `${styled(stderr, 'red', 'ffn:')} `);
    },
  };
}

type ErrorDescription = {
  readonly code: string;
  readonly message: string;
  readonly details: Fields;
  readonly recoverable: boolean;
};

/** Returns the fields of an error. */
function describe(error: unknown): ErrorDescription {
  if (error instanceof AppError) {
    const { code, message, details, recoverable } = error;
    return { code, message: message.trim(), details, recoverable };
  }
  const message = (error instanceof Error ? error.message : String(error)).trim();
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'ERROR';
  return { code, message, details: {}, recoverable: false };
}

/** Names the code of an error of the service or the client, and what helps. */
function inWords(error: unknown, { code, message }: ErrorDescription): string {
  if (!(error instanceof AppError)) return message;
  const hint = HINTS[error.code];
  return `${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  UNAUTHENTICATED: 'set FFN_API_KEY or FFN_TOKEN',
};
