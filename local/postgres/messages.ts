import type { Readable } from 'node:stream';

export type Messages = {
  /** The end of the messages so far. */
  tail(): string;
  /** Resolves when the messages contain the text. */
  says(text: string): Promise<void>;
};

const TAIL_CHARACTERS = 4_096;

/** Reads all messages of a process, so that it never blocks, and keeps the end of them. */
export function collectMessages(stream: Readable): Messages {
  let tail = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-TAIL_CHARACTERS);
  });
  return {
    tail: () => tail.trim(),
    says(text) {
      const { promise, resolve } = Promise.withResolvers<void>();
      stream.on('data', function check() {
        if (!tail.includes(text)) return;
        stream.off('data', check);
        resolve();
      });
      return promise;
    },
  };
}
