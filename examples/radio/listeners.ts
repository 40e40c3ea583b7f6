import type { Writable } from 'node:stream';

/** The audio that a new listener gets at once: its player starts at once, and can bridge that much. */
const BURST_SECONDS = 5;
/** A listener that has this much left to read is disconnected. */
const MAX_WAITING_SECONDS = 15;

type Wrap = (frames: Buffer) => Buffer;

/** Sends the same audio to everyone. `frames` are whole frames, so that a listener can begin with any chunk. */
export function createListeners(bytesPerSecond: number) {
  const listeners = new Map<Writable, Wrap>();
  const burst: Buffer[] = [];

  return {
    count: () => listeners.size,

    add(response: Writable, wrap: Wrap = (frames) => frames): void {
      listeners.set(response, wrap);
      response.on('close', () => listeners.delete(response));
      if (burst.length > 0) response.write(wrap(Buffer.concat(burst)));
    },

    send(frames: Buffer): void {
      burst.push(frames);
      let bytes = burst.reduce((sum, { length }) => sum + length, 0);
      while (bytes > BURST_SECONDS * bytesPerSecond && burst.length > 1) bytes -= burst.shift()?.length ?? 0;
      for (const [response, wrap] of listeners) {
        if (response.writableLength > MAX_WAITING_SECONDS * bytesPerSecond) response.destroy();
        else response.write(wrap(frames));
      }
    },
  };
}
