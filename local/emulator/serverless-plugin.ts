import path from 'node:path';
import process from 'node:process';
import { parseService } from './definition/service.ts';
import { createEmulator, type Emulator } from './emulator.ts';
import type { InvocationRecord } from './invocation/outcome.ts';

/** Milliseconds that running invocations get at shutdown. A second Ctrl-C ends them sooner. */
const GRACE_MS = 500;
const DEFAULT_PORT = 8090;
const DEFAULT_HOST = '127.0.0.1';

/** The part of the framework that this plugin uses. */
type Serverless = {
  readonly serviceDir: string;
  readonly configurationFilename: string;
  /** serverless.yml with its variables resolved. */
  readonly configurationInput: { custom?: { functionUrlsPort?: number | string } };
};

type PluginUtils = {
  readonly log: Record<'notice' | 'error', (message: string) => void>;
};

/**
 * Plugin for the Serverless Framework: serves Function URLs, with the platform's limits, in parallel with
 * serverless-offline, for `serverless offline` and `serverless offline start`.
 * Host: env HOST, else 127.0.0.1. Port: env PORT, else `custom.functionUrlsPort`, else 8090.
 */
export class ServerlessFunctionUrls {
  readonly hooks: Record<string, () => Promise<void>>;
  readonly #serverless: Serverless;
  readonly #log: PluginUtils['log'];
  #emulator: Emulator | undefined;
  #stopping: Promise<void> | undefined;

  constructor(serverless: Serverless, _options: unknown, { log }: PluginUtils) {
    this.#serverless = serverless;
    this.#log = log;
    this.hooks = {
      // `offline` runs `offline:start` as one event, which ends the process; `offline start` runs init, ready and end.
      'before:offline:start': () => this.#start(),
      'before:offline:start:init': () => this.#start(),
      'before:offline:start:end': () => this.#stop(),
    };
  }

  async #start(): Promise<void> {
    const { serviceDir, configurationFilename, configurationInput } = this.#serverless;
    const service = parseService(configurationInput, path.join(serviceDir, configurationFilename));
    this.#emulator = createEmulator({ service, limits: 'platform', log: (record) => this.#report(record) });
    const port = Number(process.env['PORT'] ?? configurationInput.custom?.functionUrlsPort ?? DEFAULT_PORT);
    const { url } = await this.#emulator.listen({ host: process.env['HOST'] ?? DEFAULT_HOST, port });
    // serverless-offline ends the process on the same signals.
    process.once('SIGINT', () => this.#stop());
    process.once('SIGTERM', () => this.#stop());
    this.#log.notice(`Function URLs at ${url}`);
    for (const { pattern, functionName } of service.routes) this.#log.notice(`  ${url}${pattern} → ${functionName}`);
  }

  async #stop(): Promise<void> {
    this.#stopping ??= this.#emulator?.close({ graceMs: GRACE_MS, settleMs: GRACE_MS });
    await this.#stopping;
  }

  #report({ functionName, requestId, outcome }: InvocationRecord): void {
    if (outcome.kind === 'completed' || outcome.kind === 'client_left') return;
    const reason = outcome.kind === 'failed' ? `: ${describe(outcome.error)}` : '';
    this.#log.error(`Function "${functionName}" ${outcome.kind} (${requestId})${reason}`);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// The framework loads plugins with `require` and expects the class itself; this export name provides it.
export { ServerlessFunctionUrls as 'module.exports' };
