import { isLoopback, type Surroundings } from './exposure.ts';
import type { KeyStore } from './keys/key-store.ts';

type OpenMode = {
  /** Returns whether callers need no credentials. */
  isOpen(): Promise<boolean>;
  close(): void;
};

export type OpenModeOptions = Omit<Surroundings, 'keys'> & {
  readonly keys: Pick<KeyStore, 'hasUsable' | 'onChange'> | undefined;
};

const REFRESH_MS = 10_000;
/** Wait before the next query to a store that has not responded yet, ms. */
const RETRY_MS = 1_000;

/**
 * Decides whether the service is open: only on loopback, and only while it cannot check any credentials. The store
 * reports whether API keys exist. While it is down, its last result is used; before the first one, no keys are assumed.
 * The first requests without credentials wait for a store that is slow, as long as the store itself allows.
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
    hasKeys = await hasUsable().catch(() => hasKeys);
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
