import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requireCredentials, type Surroundings } from '#lib/identity/exposure.ts';
import type { KeyStore } from '#lib/identity/keys/key-store.ts';
import { createOpenMode, type OpenModeOptions } from '#lib/identity/open-mode.ts';
import { eventually } from '../../support/eventually.ts';

const LOOPBACK = { authentication: 'auto', host: '127.0.0.1', onPlatform: false, checksTokens: false } as const;
const EVERYWHERE = { ...LOOPBACK, host: '0.0.0.0' } as const;

/** Returns a store that has a usable key, has none, or is down. */
function keys(state: { has: boolean | 'down' }): Pick<KeyStore, 'hasUsable' | 'onChange'> & { change(): void } {
  let handler: (id: string | undefined) => void = () => undefined;
  return {
    async hasUsable() {
      if (state.has === 'down') throw new Error('the database is down');
      return state.has;
    },
    onChange(given) {
      handler = given;
      return () => undefined;
    },
    change: () => handler(undefined),
  };
}

/** Returns what a store returns that needs 2 s to report a key. */
function after2s({ timeoutMs } = { timeoutMs: Number.POSITIVE_INFINITY }): boolean {
  if (timeoutMs < 2_000) throw new Error(`no response within ${timeoutMs} ms`);
  return true;
}

async function isOpen(changed: Partial<OpenModeOptions>): Promise<boolean> {
  const mode = createOpenMode({ ...LOOPBACK, keys: undefined, ...changed });
  try {
    return await mode.isOpen();
  } finally {
    mode.close();
  }
}

describe('the service is open', () => {
  it('on loopback, without configured credentials', async () => {
    for (const host of ['127.0.0.1', '127.0.0.2', '::1', 'localhost']) assert.equal(await isOpen({ host }), true, host);
    assert.equal(await isOpen({ keys: keys({ has: false }) }), true);
    assert.equal(await isOpen({ keys: keys({ has: 'down' }) }), true, 'no key is known');
  });

  it('nowhere else', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'no-such-host.invalid']) {
      assert.equal(await isOpen({ host }), false, host);
    }
    assert.equal(await isOpen({ onPlatform: true }), false);
    assert.equal(await isOpen({ authentication: 'required' }), false);
    assert.equal(await isOpen({ checksTokens: true }), false);
    assert.equal(await isOpen({ keys: keys({ has: true }) }), false);
  });

  it('not before a slow store has reported whether keys exist', async () => {
    const slow = { ...keys({ has: true }), hasUsable: async (options?: { timeoutMs: number }) => after2s(options) };
    assert.equal(await isOpen({ keys: slow }), false);
  });

  it('while no key exists; while the store is down, the last result is used', async () => {
    const state: { has: boolean | 'down' } = { has: false };
    const store = keys(state);
    const mode = createOpenMode({ ...LOOPBACK, keys: store });
    assert.equal(await mode.isOpen(), true);
    for (const [has, open] of [
      [true, false],
      ['down', false],
      [false, true],
      ['down', true],
    ] as const) {
      state.has = has;
      store.change();
      await eventually(async () => assert.equal(await mode.isOpen(), open, String(has)));
    }
    mode.close();
  });
});

describe('startup', () => {
  const start = (changed: Partial<Surroundings>) => requireCredentials({ ...EVERYWHERE, keys: undefined, ...changed });

  it('fails when other machines could call without credentials', async () => {
    const refusal =
      /HOST=0\.0\.0\.0 would open the service to other machines.*JWT_SECRET.*JWKS_URL.*keys.*AUTHENTICATION=required/;
    await assert.rejects(start({}), refusal);
    await assert.rejects(start({ keys: keys({ has: false }) }), refusal);
    await assert.rejects(
      start({ keys: keys({ has: 'down' }) }),
      /the keys cannot be checked .*AUTHENTICATION=required/,
    );
    await assert.rejects(
      start({ host: '127.0.0.1', onPlatform: true }),
      /the platform would open the service to other machines/,
    );
  });

  it('succeeds with any kind of credentials, or on loopback', async () => {
    await start({ authentication: 'required' });
    await start({ checksTokens: true });
    await start({ keys: keys({ has: true }) });
    await start({ onPlatform: true, keys: keys({ has: true }) });
    for (const host of ['127.0.0.1', '::1', 'localhost']) await start({ host, keys: keys({ has: 'down' }) });
  });
});
