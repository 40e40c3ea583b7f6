import { ownWords } from '#lib/ffmpeg/outcome.ts';

/** Log lines of ffmpeg about the connection to a source that it opens itself. The Python client uses them too. */
export const CONNECTION_WORDS = {
  /** The connection was lost or reopened: the last such line counts. */
  changed: /Stream ends prematurely|(?:Will|Failed to) reconnect at/,
  reconnects: /Will reconnect at/,
  // Redaction of a URL's secrets also removes the colon that follows.
  unreadable: /[:\]] (?:Connection reset by peer|(?:Connection|Operation) timed out|Input\/output error)$/,
} as const;

/** Whether the connection to the source was lost. ffmpeg exits normally then: only its log shows the loss. */
export function wasSourceCut(log: readonly string[]): boolean {
  const own = ownWords(log);
  const last = own.findLast((line) => CONNECTION_WORDS.changed.test(line)) ?? '';
  const isLost = last !== '' && !CONNECTION_WORDS.reconnects.test(last);
  return isLost || own.some((line) => CONNECTION_WORDS.unreadable.test(line));
}
