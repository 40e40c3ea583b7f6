import type { Surroundings } from './exposure.ts';
import type { KeyStore } from './key-store.ts';
import { isLoopback } from './loopback.ts';

export type OpenMode = {
  /** Whether who brings no credentials is let in. */
  isOpen(): Promise<boolean>;
  close(): void;
};

export type OpenModeOptions = Omit<Surroundings, 'keys'> & {
  readonly keys: Pick<KeyStore, 'hasUsable' | 'onChange'> | undefined;
};

const REFRESH_MS = 10_000;
/** Longest that the first request of an unproven caller waits to hear whether there are keys. */
const FIRST_ANSWER_MS = 200;

/**
 * The service is open on its own machine while nothing is configured that callers could be asked for. Whether there are
 * API keys is known from the store; while that is away, what was last known holds, and nothing known speaks for none.
 */
export function createOpenMode(options: OpenModeOptions): OpenMode {
  const { authentication, host, onPlatform, checksTokens, keys } = options;
  if (authentication === 'required' || onPlatform || checksTokens) {
    return { isOpen: async () => false, close: () => undefined };
  }
  const onLoopback = isLoopback(host).catch(() => false);
  if (keys === undefined) return { isOpen: () => onLoopback, close: () => undefined };

  let hasKeys = false;
  async function refresh(): Promise<void> {
    hasKeys = (await keys?.hasUsable({ timeoutMs: FIRST_ANSWER_MS }).catch(() => hasKeys)) ?? hasKeys;
  }
  const first = refresh();
  const timer = setInterval(() => void refresh(), REFRESH_MS);
  timer.unref();
  const stop = keys.onChange(() => void refresh());

  return {
    async isOpen() {
      await first;
      return !hasKeys && (await onLoopback);
    },
    close() {
      clearInterval(timer);
      stop();
    },
  };
}
