import type { Readable } from 'node:stream';

export type Messages = {
  /** The last of what was said. */
  tail(): string;
  /** Resolves when the text has been said. */
  says(text: string): Promise<void>;
};

const TAIL_CHARACTERS = 4_096;

/** Takes all that a process says, so that it never has to wait, and keeps the end of it. */
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
