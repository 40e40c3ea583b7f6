import { Socket } from 'node:net';

/** Tracks the sockets of database connections, to cut those that the server does not close. */
export function createSockets() {
  const sockets = new Set<Socket>();
  return {
    /** The `stream` option of `pg`. */
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
