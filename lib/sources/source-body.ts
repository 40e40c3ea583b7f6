import { addAbortListener } from 'node:events';
import { Readable } from 'node:stream';
import type { SourceHead } from './read-head.ts';

export type SourceBodyOptions = {
  readonly head: Pick<SourceHead<unknown>, 'chunks' | 'ended'>;
  /** The chunks that follow. Must end soon after `connection` is aborted. */
  readonly rest: AsyncGenerator<Buffer, void, undefined>;
  /** Aborted when the stream is destroyed. Aborting it destroys the stream with its reason. */
  readonly connection: AbortController;
};

/** Returns a byte stream that pulls one chunk at a time, so backpressure reaches the socket. A failure destroys it. */
export function sourceBody({ head, rest, connection }: SourceBodyOptions): Readable {
  const listener = addAbortListener(connection.signal, () => body.destroy(connection.signal.reason));
  const body = new Readable({
    read() {
      rest.next().then(
        ({ value }) => this.push(value ?? null),
        (error) => this.destroy(error),
      );
    },
    destroy(error, callback) {
      listener[Symbol.dispose]();
      connection.abort(error ?? undefined);
      // Not awaited: it settles only after a pending read, which the abort has just ended.
      rest.return().catch(() => {});
      callback(error);
    },
  });
  // The stream keeps its error and a pipeline receives it. Without a listener, the error would end the process.
  body.on('error', () => {});
  for (const chunk of head.chunks) body.push(chunk);
  if (head.ended) body.push(null);
  return body;
}
