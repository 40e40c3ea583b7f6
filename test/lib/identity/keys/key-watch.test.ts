import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { createKeyWatch } from '#lib/identity/keys/key-watch.ts';

/** A watch over keys that the test ends. */
function watchOf(test: TestContext, { checkMs = 3_600_000 } = {}) {
  const ended = new Set<string>();
  let change: (id: string | undefined) => void = () => undefined;
  let isDown = false;
  let asked = 0;
  const watch = createKeyWatch({
    store: {
      async usable(ids) {
        asked += 1;
        if (isDown) throw new AppError('UNAVAILABLE', { part: 'store' });
        return ids.filter((id) => !ended.has(id));
      },
      onChange(handler) {
        change = handler;
        return () => undefined;
      },
    },
    checkMs,
  });
  test.after(() => watch.close());
  return {
    watch: watch.watch,
    asked: () => asked,
    notify: (id: string | undefined) => change(id),
    revoke: (id: string) => void ended.add(id),
    goDown: (down: boolean) => {
      isDown = down;
    },
  };
}

function assertEnded({ aborted, reason }: AbortSignal, why: string): void {
  assert.ok(aborted && reason instanceof AppError);
  assert.deepEqual(
    { code: reason.code, details: reason.details },
    { code: 'UNAUTHENTICATED', details: { reason: why } },
  );
}

const KEY = { id: 'one', expiresAt: null };

describe('the watch over keys', () => {
  it('ends all work of a key when it is notified of the revocation, and no other', async (test) => {
    const { watch, revoke, notify } = watchOf(test);
    const [first, second, other] = [watch(KEY), watch(KEY), watch({ ...KEY, id: 'other' })];
    revoke('one');
    notify('one');
    if (!first.signal.aborted) await once(first.signal, 'abort');
    assert.ok(second.signal.aborted);
    assertEnded(first.signal, 'key_revoked');
    assert.equal(other.signal.aborted, false);
    assert.equal(watch(KEY).signal.aborted, false, 'a later request is refused by authentication');
  });

  it('finds a revocation whose notification was lost', async (test) => {
    for (const notified of [true, false]) {
      const { watch, revoke, notify } = watchOf(test, { checkMs: notified ? 3_600_000 : 1 });
      const { signal } = watch(KEY);
      revoke('one');
      if (notified) notify(undefined);
      if (!signal.aborted) await once(signal, 'abort');
      assertEnded(signal, 'key_revoked');
    }
  });

  it('ends work at the expiry of its key, even while the store is down, which ends nothing else', async (test) => {
    const { watch, goDown, asked } = watchOf(test, { checkMs: 1 });
    goDown(true);
    const lasting = watch(KEY);
    const { signal } = watch({ id: 'short', expiresAt: new Date(Date.now() + 50) });
    await once(signal, 'abort');
    assertEnded(signal, 'key_expired');
    assert.ok(asked() > 0);
    assert.equal(lasting.signal.aborted, false);
  });

  it('forgets keys whose work has ended', (test) => {
    const { watch, notify, asked } = watchOf(test);
    const [one, two] = [watch(KEY), watch(KEY)];
    one.release();
    one.release();
    notify('one');
    assert.equal(asked(), 1);
    two.release();
    notify('one');
    notify(undefined);
    assert.equal(asked(), 1);
  });
});
