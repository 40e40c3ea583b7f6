import { Socket } from 'node:net';

/** Knows the sockets of connections to the database, to cut those that the server does not close. */
export function createSockets() {
  const sockets = new Set<Socket>();
  return {
    /** What `pg` takes as its `stream`. */
    open(): Socket {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once('close', () => sockets.delete(socket));
    },
    cut(): void {
      for (const socket of sockets) socket.destroy();
    },
  };
}
