import { setTimeout as delay } from 'node:timers/promises';
import { open } from '../../test/support/client.ts';
import { OWNER } from './credentials.ts';

/** Live transcodes that are always running, for requests that change or stop one. */
export type LiveAnchors = AsyncDisposable & {
  /** The id of one of them; undefined while none is running. */
  id(): string | undefined;
};

const ADJUST = [['speed', 'equalizer', 'volume'], ['speed', 'pitch', 'equalizer', 'volume'], ['volume']] as const;
/** Time between two attempts to start one. */
const PAUSE_MS = 300;

/** Keeps some running until it is disposed of, however often they are stopped. */
export function keepPlaying(host: { readonly url: string }, sourceUrl: string): LiveAnchors {
  const leaving = new AbortController();
  const { signal } = leaving;
  const ids = new Map<number, string>();
  let turn = 0;

  async function play(index: number, adjust: readonly string[]): Promise<void> {
    while (!signal.aborted) {
      const body = { source_url: sourceUrl, output_format: 'pcm', live: true, lead_seconds: 0.2, adjust };
      const answer = await open(host, '/transcode', { body, headers: { authorization: OWNER } }).catch(() => undefined);
      const leave = (): void => void answer?.destroy();
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      if (answer?.statusCode === 200) ids.set(index, String(answer.headers['x-transcode-id']));
      try {
        for await (const _ of answer ?? []);
      } catch {
        // It was stopped, or the host has died: starts another one.
      }
      signal.removeEventListener('abort', leave);
      ids.delete(index);
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  const playing = ADJUST.map((adjust, index) => play(index, adjust));
  return {
    id() {
      turn += 1;
      return [...ids.values()][turn % Math.max(1, ids.size)];
    },
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await Promise.all(playing);
    },
  };
}
