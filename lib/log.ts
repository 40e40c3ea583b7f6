import { type DestinationStream, type Logger, pino } from 'pino';
import { redactValue } from './redaction.ts';
import { maySpeakOfSecrets } from './redaction-rules.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export type LogOptions = { readonly level: string; readonly destination?: DestinationStream };

/** Structured logs: one JSON object a line on standard output; every finished line passes the redactor. */
export function createLog({ level, destination }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: redactLine },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}

/** JSON may write `:` and `/` in one way only, so that what a rule looks for is seen in the line as well. */
function redactLine(line: string): string {
  return maySpeakOfSecrets(line) ? `${JSON.stringify(redactValue(JSON.parse(line)))}\n` : line;
}
