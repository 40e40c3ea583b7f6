import { ownWords } from '#lib/ffmpeg/outcome.ts';

/** ffmpeg's lines about the connection to a source that it opens itself; for Python, too. */
export const CONNECTION_WORDS = {
  /** It has been lost or opened again: the last such line counts. */
  changed: /Stream ends prematurely|(?:Will|Failed to) reconnect at/,
  reconnects: /Will reconnect at/,
  // What is secret in a URL has taken the colon after it along.
  unreadable: /[:\]] (?:Connection reset by peer|(?:Connection|Operation) timed out|Input\/output error)$/,
} as const;

/** To ffmpeg a source whose connection is lost ends like any other: only its log shows the lost connection. */
export function wasSourceCut(log: readonly string[]): boolean {
  const own = ownWords(log);
  const last = own.findLast((line) => CONNECTION_WORDS.changed.test(line)) ?? '';
  const isLost = last !== '' && !CONNECTION_WORDS.reconnects.test(last);
  return isLost || own.some((line) => CONNECTION_WORDS.unreadable.test(line));
}
