import type { Readable } from 'node:stream';

/** Longest part of a line that is kept. The rest is dropped. */
const MAX_LINE_LENGTH = 2_000;
/** Most characters of a chunk that are parsed: a process that floods its log must not use up the CPU of the host. */
const MAX_CHUNK_LENGTH = 16_384;

/** Calls `onLine` for each line of a text stream, with bounded memory. Both `\r` and `\n` end a line. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let pending = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    // Only whole lines are dropped: the rest of a cut line could not be redacted reliably.
    const surplus = text.length - MAX_CHUNK_LENGTH;
    const start = surplus > 0 ? text.lastIndexOf('\n', surplus) + 1 : 0;
    const lines = ((start === 0 ? pending : '') + text.slice(start)).split(/[\r\n]+/);
    pending = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH);
    for (const line of lines) if (line !== '') onLine(line.slice(0, MAX_LINE_LENGTH));
  });
  stream.on('end', () => {
    if (pending !== '') onLine(pending);
  });
  // A broken pipe means that the process has ended: its outcome decides.
  stream.on('error', () => undefined);
}
