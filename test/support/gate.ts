import type { RequestListener } from 'node:http';

/** A source that sends a beginning and holds the rest back until it is opened. */
export type Gate = { readonly behave: RequestListener; readonly waiting: () => number; open(): void };

/** Sends the `first` bytes of `content` at once, and the rest to waiting and later requests once it is open. */
export function gated(content: Buffer, first: number): Gate {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let waiting = 0;
  return {
    behave(_, response) {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, first));
      waiting += 1;
      response.once('close', () => {
        waiting -= 1;
      });
      void opened.then(() => response.end(content.subarray(first)));
    },
    waiting: () => waiting,
    open,
  };
}
