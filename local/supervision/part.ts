/** Tells the supervisor, if there is one, where this process is reached. */
export function reportReady(url: string): void {
  // A supervisor that is gone is told nothing: `disconnect` ends this process.
  process.send?.({ ready: url } satisfies ReadyMessage, () => undefined);
}

/** Says in words that a port is taken, and which setting names another. */
export function explainTakenPort(setting: string): void {
  process.on('uncaughtException', (error: NodeJS.ErrnoException & { port?: number }) => {
    const isTaken = error.code === 'EADDRINUSE';
    const words = `port ${error.port} is taken: name another in ${setting} (0 takes a free one)`;
    process.stderr.write(`${isTaken ? words : error.stack}\n`);
    process.exit(1);
  });
}

export type ReadyMessage = { readonly ready: string };

/**
 * What every supervised process does, to be called first: it never outlives its supervisor, and on SIGTERM (run by
 * hand, on Ctrl-C too) it runs `stop` once and exits with 0.
 */
export function runPart(stop: () => Promise<void>): void {
  // The supervisor was killed: whatever this process owns dies with it.
  process.once('disconnect', () => process.exit(1));
  process.once('SIGTERM', () => void stop().then(() => process.exit(0)));
  process.once('SIGINT', () => process.kill(process.pid, 'SIGTERM'));
}
