import { redactText } from '#lib/redaction.ts';

const MAX_LINES = 40;

/** The last lines of an ffmpeg's log. They are redacted when they are read. */
export type LogTail = { add(line: string): void; lines(): readonly string[] };

export function createLogTail(maxLines: number = MAX_LINES): LogTail {
  const kept: string[] = [];
  return {
    add(line) {
      kept.push(line);
      if (kept.length > maxLines) kept.shift();
    },
    lines: () => kept.map(redactText),
  };
}
