import type { RequestListener } from 'node:http';

/** A source that sends a beginning and keeps the rest back until it is opened. */
export type Gate = { readonly behave: RequestListener; readonly waiting: () => number; open(): void };

/** `first` bytes of `content` leave at once; the rest, to all who wait and all who come later, once it is open. */
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
