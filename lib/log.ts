import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { redactValue } from './redaction.ts';
import { maySpeakOfSecrets } from './redaction-rules.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Creates a log that writes one JSON object per line to standard output. Every finished line passes the redactor. */
export function createLog({ level, destination }: { level: string; destination?: DestinationStream }): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    hooks: { streamWrite: redactLine },
  };
  return pino(options, destination ?? pino.destination({ dest: 1, sync: true }));
}

/** JSON does not escape `:` and `/`, so everything that a rule looks for is also visible in the encoded line. */
function redactLine(line: string): string {
  return maySpeakOfSecrets(line) ? `${JSON.stringify(redactValue(JSON.parse(line)))}\n` : line;
}
