import type { AttemptLog } from '#lib/jobs/attempt.ts';
import { redactText } from '#lib/redaction.ts';

export type AttemptLogger = {
  /** Adds a line that ffmpeg has logged. */
  line(line: string): void;
  /** Adds the command line of a program. */
  command(program: string, args: readonly string[]): void;
  /** Writes what has been added since. */
  flush(): void;
  /** Writes the rest. */
  close(): void;
};

/** Most characters of a log that are kept, and how many of them are its last lines. */
const MOST = 256 * 1024;
const LAST = 64 * 1024;
/** Left for the line that counts what is left out. */
const MARGIN = 1_024;

/**
 * Collects the log and the command lines of an attempt, redacted, 256 KiB of each. Of a longer log the beginning and the
 * end are kept.
 */
export function createAttemptLogger(write: (log: AttemptLog) => void): AttemptLogger {
  const waiting: string[] = [];
  const last: string[] = [];
  let beginning = 0;
  let lastLength = 0;
  let leftOut = 0;
  let commands = 0;

  function keepLast(line: string): void {
    last.push(line);
    lastLength += line.length;
    while (lastLength > LAST) {
      lastLength -= last.shift()?.length ?? 0;
      leftOut += 1;
    }
  }

  function flush(): void {
    if (waiting.length > 0) write({ part: 'log', text: waiting.splice(0).join('') });
  }

  return {
    line(raw) {
      const line = `${redactText(raw)}\n`;
      if (lastLength > 0 || beginning + line.length > MOST - LAST - MARGIN) return keepLast(line);
      beginning += line.length;
      waiting.push(line);
    },
    command(program, args) {
      const text = `${redactText([program, ...args.map(quoted)].join(' '))}\n`.slice(0, MOST - commands);
      commands += text.length;
      if (text !== '') write({ part: 'command', text });
    },
    flush,
    close() {
      flush();
      if (leftOut > 0) waiting.push(`… ${leftOut} lines are left out …\n`);
      waiting.push(...last.splice(0));
      flush();
    },
  };
}

/** As a shell would need it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
