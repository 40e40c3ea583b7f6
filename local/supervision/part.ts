/** Sends the supervisor, if there is one, the URL of this process. */
export function reportReady(url: string): void {
  // Without an error for a supervisor that is gone: `disconnect` ends this process.
  process.send?.({ ready: url } satisfies ReadyMessage, () => undefined);
}

/** Explains a port that is taken, with the setting that names another, and ends the process. */
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
 * Makes this a supervised process; call it first. The process never outlives its supervisor; on SIGTERM (run by hand,
 * on Ctrl-C too) it runs `stop` once and exits with 0.
 */
export function runPart(stop: () => Promise<void>): void {
  // The supervisor was killed: whatever this process owns dies with it.
  process.once('disconnect', () => process.exit(1));
  process.once('SIGTERM', () => void stop().then(() => process.exit(0)));
  process.once('SIGINT', () => process.kill(process.pid, 'SIGTERM'));
}
