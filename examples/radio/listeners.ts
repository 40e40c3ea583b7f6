import type { Writable } from 'node:stream';

/** 2 s at 128 kbit/s: a new listener gets them at once, so that its player starts at once. */
const BURST_BYTES = 32_000;
/** 8 s: a listener that has so much left to read is disconnected. */
const MAX_WAITING_BYTES = 128_000;

type Wrap = (frames: Buffer) => Buffer;

/** Sends the same audio to everyone. `frames` are whole frames, so that a listener can begin with any chunk. */
export function createListeners() {
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
      while (bytes > BURST_BYTES && burst.length > 1) bytes -= burst.shift()?.length ?? 0;
      for (const [response, wrap] of listeners) {
        if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
        else response.write(wrap(frames));
      }
    },
  };
}
