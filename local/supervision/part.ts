/** Sends the supervisor, if there is one, the URL of this process. */
export function reportReady(url: string): void {
  // Ignores the error of a dead supervisor: `disconnect` ends this process.
  process.send?.({ ready: url } satisfies ReadyMessage, () => undefined);
}

/** When a port is in use, reports it with the setting that selects another, and ends the process. */
export function explainTakenPort(setting: string): void {
  process.on('uncaughtException', (error: NodeJS.ErrnoException & { port?: number }) => {
    const isTaken = error.code === 'EADDRINUSE';
    const words = `port ${error.port} is in use: set ${setting} to another port (0 selects a free one)`;
    process.stderr.write(`${isTaken ? words : error.stack}\n`);
    process.exit(1);
  });
}

export type ReadyMessage = { readonly ready: string };

/**
 * Makes this a supervised process; call it first. The process never outlives its supervisor. On SIGTERM it runs `stop`
 * once and exits with 0; on Ctrl-C too when it is run by hand.
 */
export function runPart(stop: () => Promise<void>): void {
  // What it writes in the data folder is for this user alone.
  process.umask(0o077);
  // The supervisor was killed. Everything this process owns ends with it.
  process.once('disconnect', () => process.exit(1));
  process.once('SIGTERM', () => void stop().then(() => process.exit(0)));
  process.once('SIGINT', () => process.kill(process.pid, 'SIGTERM'));
}
