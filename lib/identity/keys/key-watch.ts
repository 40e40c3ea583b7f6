import { AppError } from '#lib/errors.ts';
import type { CallerKey } from '#lib/identity/caller.ts';
import type { KeyStore } from './key-store.ts';

/** Aborts what a key started when the key is revoked or expires. */
export type KeyWatch = {
  /** The signal's reason is the error that the caller gets. Call `release` when the work has ended. */
  watch(key: CallerKey): { readonly signal: AbortSignal; release(): void };
  close(): void;
};

type KeyWatchOptions = {
  readonly store: Pick<KeyStore, 'usable' | 'onChange'> | undefined;
  /** Time between two checks, for expiry and for notifications that got lost, ms. */
  readonly checkMs?: number;
};

type Watched = { readonly ending: AbortController; expiresAt: Date | null; users: number };

const CHECK_MS = 20_000;

export function createKeyWatch({ store, checkMs = CHECK_MS }: KeyWatchOptions): KeyWatch {
  const watched = new Map<string, Watched>();
  let timer: NodeJS.Timeout | undefined;
  const stop = store?.onChange((id) => {
    if (id === undefined) void check([...watched.keys()]);
    else if (watched.has(id)) void check([id]);
  });

  /** While the store is down, only expiry ends a key. */
  async function check(ids: readonly string[]): Promise<void> {
    for (const id of ids) if (hasExpired(watched.get(id))) end(id, EXPIRED);
    const left = ids.filter((id) => watched.has(id));
    if (left.length === 0) return;
    const usable = await store?.usable(left).catch(() => left);
    for (const id of left) if (usable?.includes(id) === false) end(id, REVOKED);
  }

  function end(id: string, { reason, message }: typeof REVOKED): void {
    watched.get(id)?.ending.abort(new AppError('UNAUTHENTICATED', { reason }, { message }));
    forget(id);
  }

  function forget(id: string): void {
    watched.delete(id);
    if (watched.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    watch({ id, expiresAt }) {
      const entry = watched.get(id) ?? { ending: new AbortController(), expiresAt, users: 0 };
      watched.set(id, entry);
      entry.users += 1;
      entry.expiresAt ??= expiresAt;
      timer ??= setInterval(() => void check([...watched.keys()]), checkMs).unref();
      let isReleased = false;
      return {
        signal: entry.ending.signal,
        release() {
          if (isReleased) return;
          isReleased = true;
          entry.users -= 1;
          if (entry.users === 0 && watched.get(id) === entry) forget(id);
        },
      };
    },
    close() {
      clearInterval(timer);
      stop?.();
    },
  };
}

const REVOKED = { reason: 'key_revoked', message: 'the API key was revoked' };
const EXPIRED = { reason: 'key_expired', message: 'the API key has expired' };

function hasExpired(entry: Watched | undefined): boolean {
  return entry?.expiresAt != null && entry.expiresAt.getTime() <= Date.now();
}
