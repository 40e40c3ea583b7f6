import type { Middleware } from '#lib/http/event.ts';
import type { KeyWatch } from '#lib/identity/keys/key-watch.ts';

/** Sets `event.keyEnded` until the response has been sent. */
export function keyLife({ watch }: Pick<KeyWatch, 'watch'>): Middleware {
  return {
    before({ event }) {
      const key = event.caller?.key;
      if (key === undefined) return;
      const { signal, release } = watch(key);
      event.keyEnded = { signal, release };
    },
    after({ event, response }) {
      const body = response?.body;
      if (body === undefined || typeof body === 'string' || body.closed) event.keyEnded?.release();
      else body.once('close', () => event.keyEnded?.release());
    },
    onError({ event }) {
      event.keyEnded?.release();
    },
  };
}
