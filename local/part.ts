/**
 * What every supervised process does: tells its supervisor when it is ready, leaves Ctrl-C to it, and never outlives
 * it. Run by hand, such a process just runs.
 */
export function reportReady(url: string): void {
  process.send?.({ ready: url } satisfies ReadyMessage);
}

export type ReadyMessage = { readonly ready: string };

/** To be called first. `stop` is run once, on SIGTERM; the process exits with 0 when it is done. */
export function runPart(stop: () => Promise<void>): void {
  const supervised = process.send !== undefined;
  // The supervisor was killed: whatever this process owns dies with it.
  process.once('disconnect', () => process.exit(1));
  const end = () => void stop().then(() => process.exit(0));
  process.once('SIGTERM', end);
  if (supervised) process.on('SIGINT', () => undefined);
  else process.once('SIGINT', () => process.kill(process.pid, 'SIGTERM'));
}
