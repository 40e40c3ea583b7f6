/** Receives the log messages of a client. */
export type ClientLog = {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  info?(fields: Readonly<Record<string, unknown>>, message: string): void;
};

/** Writes warnings to standard error, one JSON object per line. */
export const STANDARD_ERROR_LOG: ClientLog = {
  warn(fields, message) {
    process.stderr.write(
      `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), msg: message, ...fields })}\n`,
    );
  },
};
