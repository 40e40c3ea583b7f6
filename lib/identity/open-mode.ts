import { isLoopback, type Surroundings } from './exposure.ts';
import type { KeyStore } from './keys/key-store.ts';

type OpenMode = {
  /** Whether callers need no credentials. */
  isOpen(): Promise<boolean>;
  close(): void;
};

export type OpenModeOptions = Omit<Surroundings, 'keys'> & {
  readonly keys: Pick<KeyStore, 'hasUsable' | 'onChange'> | undefined;
};

const REFRESH_MS = 10_000;
/** Wait before a store that has never answered is asked again. */
const RETRY_MS = 1_000;
/** Longest wait of the first requests without credentials for the store. */
const FIRST_ANSWER_MS = 1_000;

/**
 * The service is open on its own machine while it can check no credentials. The store knows whether there are API keys;
 * while it is down, its last answer holds, and without one there are none.
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
