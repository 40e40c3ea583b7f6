/** Sends the supervisor, if there is one, the URL of this process. */
export function reportReady(url: string): void {
  // Ignores the error of a dead supervisor: `disconnect` ends this process.
  process.send?.({ ready: url } satisfies ReadyMessage, () => undefined);
}

/** When this process cannot listen, reports why and which setting to change, and ends the process. */
export function explainListening(portSetting: string): void {
  process.on('uncaughtException', (error: ListenError) => {
    process.stderr.write(`${remedyOf(error, portSetting) ?? error.stack}\n`);
    process.exit(1);
  });
}

type ListenError = NodeJS.ErrnoException & {
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
};

function remedyOf({ code, address, hostname, port }: ListenError, setting: string): string | undefined {
  if (code === 'EADDRINUSE') return `port ${port} is in use: set ${setting} to another port (0 selects a free one)`;
  if (code === 'EACCES' && port !== undefined) return `port ${port} needs more rights: set ${setting} to 1024 or more`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST=${address ?? hostname} is not an address of this machine`;
  }
  return undefined;
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
