import type { Surroundings } from './exposure.ts';
import type { KeyStore } from './keys/key-store.ts';
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
/** How soon a store that has never answered is asked again. */
const RETRY_MS = 1_000;
/** Longest that the first request of an unproven caller waits to hear whether there are keys. */
const FIRST_ANSWER_MS = 1_000;

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

  const { hasUsable, onChange } = keys;
  let hasKeys: boolean | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  async function refresh(): Promise<void> {
    clearTimeout(timer);
    hasKeys = await hasUsable({ timeoutMs: FIRST_ANSWER_MS }).catch(() => hasKeys);
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void refresh(), hasKeys === undefined ? RETRY_MS : REFRESH_MS).unref();
  }
  const first = refresh();
  const stop = onChange(() => void refresh());

  return {
    async isOpen() {
      await first;
      return hasKeys !== true && (await onLoopback);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      stop();
    },
  };
}
