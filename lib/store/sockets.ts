import { Socket } from 'node:net';

/** The sockets of connections to the database, to cut those that the other side does not let go. */
export type Sockets = {
  /** What `pg` takes as its `stream`. */
  open(): Socket;
  cut(): void;
};

export function createSockets(): Sockets {
  const sockets = new Set<Socket>();
  return {
    open() {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once('close', () => sockets.delete(socket));
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
