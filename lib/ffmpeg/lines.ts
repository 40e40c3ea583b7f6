import type { Readable } from 'node:stream';

/** Longest line that is kept; the rest of a longer one is dropped. */
const MAX_LINE_LENGTH = 2_000;
/** Most of one chunk that is looked at: a process that floods its log must not cost the host its processor. */
const MAX_CHUNK_LENGTH = 16_384;

/** Calls `onLine` for each line of a text stream, with bounded memory; `\r` ends a line as `\n` does. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let pending = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    // A line is left out whole: the rest of one would no longer show what in it is secret.
    const surplus = text.length - MAX_CHUNK_LENGTH;
    const start = surplus > 0 ? text.lastIndexOf('\n', surplus) + 1 : 0;
    const lines = ((start === 0 ? pending : '') + text.slice(start)).split(/[\r\n]+/);
    pending = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH);
    for (const line of lines) if (line !== '') onLine(line.slice(0, MAX_LINE_LENGTH));
  });
  stream.on('end', () => {
    if (pending !== '') onLine(pending);
  });
  // A broken pipe is the process's end: its outcome is what counts.
  stream.on('error', () => undefined);
}
