import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { createAuthenticator } from '#lib/identity/authenticator.ts';
import { accountOf } from '#lib/identity/caller.ts';
import { hashSecret, newApiKey, parseApiKey, writeApiKey } from '#lib/identity/keys/api-key.ts';
import { createKeyCheck } from '#lib/identity/keys/key-check.ts';
import type { KeyRecord } from '#lib/identity/keys/key-store.ts';
import { createRateLimits } from '#lib/identity/limits/rate-limits.ts';
import { createTokens } from '#lib/identity/tokens/tokens.ts';
import { JWT_SECRET, tokenOf } from '../../support/jwt.ts';

const HERE = '192.0.2.1';
const THERE = '192.0.2.2';
const LIMIT = 20;

function service({ open = false, delayMs = 0 } = {}) {
  const keys = Array.from({ length: 3 }, newApiKey);
  let lookups = 0;
  let running = 0;
  let most = 0;
  const keyCheck = createKeyCheck({
    async find(id) {
      lookups += 1;
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      running -= 1;
      const key = keys.find((each) => each.id === id);
      if (key === undefined) return undefined;
      return {
        id,
        secretHash: hashSecret(key.secret),
        subject: id,
        scopes: ['transcode'],
        limits: { places: 3 },
        expiresAt: null,
      } as unknown as KeyRecord;
    },
    onChange: () => () => undefined,
  });
  const limits = createRateLimits({ perCaller: 9, perAddress: 9, wrongCredentials: LIMIT, shared: undefined });
  const tokens = createTokens({ secret: JWT_SECRET, remoteKeys: undefined, issuer: undefined, audience: undefined });
  const authenticator = createAuthenticator({
    tokens,
    keys: keyCheck,
    wrong: limits.wrongCredentials,
    isOpen: () => open,
  });
  return { authenticator, keys: keys.map(writeApiKey), lookups: () => lookups, mostAtOnce: () => most };
}

const guess = () => ({ 'x-api-key': writeApiKey(newApiKey()) });

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return await attempt.then(
    () => 'served',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

function tally(codes: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(codes, (code) => code)).map(([code, all]) => [code, all?.length ?? 0]),
  );
}

describe('the caller', () => {
  it('is the subject of the token or of the key', async () => {
    const { authenticator, keys } = service();
    const authorization = `Bearer ${await tokenOf()}`;
    assert.deepEqual(await authenticator.caller({ authorization }, HERE), {
      subject: 'ann',
      scopes: ['transcode'],
      via: 'token',
    });
    const [key = ''] = keys;
    assert.deepEqual(await authenticator.caller({ 'x-api-key': key }, HERE), {
      subject: parseApiKey(key)?.id,
      scopes: ['transcode'],
      limits: { places: 3 },
      via: 'api_key',
      key: { id: parseApiKey(key)?.id, expiresAt: null },
    });
  });

  it('of a token is refused when the key that made it has ended, and served while the store is down', async () => {
    let standing: 'exists' | 'ended' | 'unknown' = 'exists';
    let change: (id: string | undefined) => void = () => undefined;
    const keys = createKeyCheck({
      async find(id) {
        if (standing === 'unknown') throw new AppError('UNAVAILABLE', { part: 'store' });
        return standing === 'exists' ? ({ id, expiresAt: null } as KeyRecord) : undefined;
      },
      onChange: (handler) => {
        change = handler;
        return () => undefined;
      },
    });
    const limits = createRateLimits({ perCaller: 9, perAddress: 9, wrongCredentials: LIMIT, shared: undefined });
    const tokens = createTokens({ secret: JWT_SECRET, remoteKeys: undefined, issuer: undefined, audience: undefined });
    const authenticator = createAuthenticator({ tokens, keys, wrong: limits.wrongCredentials, isOpen: () => false });
    const call = async (keyId: string) => {
      const token = await tokens.issue?.({ subject: 'ann', scopes: ['transcode'], ttlSeconds: 60, keyId });
      return await authenticator.caller({ authorization: `Bearer ${token}` }, HERE);
    };
    assert.deepEqual((await call('a')).key, { id: 'a', expiresAt: null });
    standing = 'unknown';
    assert.equal(await codeOf(call('a')), 'served');
    assert.equal(await codeOf(call('b')), 'served');
    standing = 'ended';
    change('a');
    assert.equal(await codeOf(call('a')), 'UNAUTHENTICATED');
    standing = 'unknown';
    change(undefined);
    assert.equal(await codeOf(call('a')), 'UNAUTHENTICATED', 'an ended key is not forgotten');
  });

  it('is the local caller of an open service, and is otherwise refused without credentials', async () => {
    assert.equal((await service({ open: true }).authenticator.caller({}, HERE)).subject, 'local');
    assert.equal(await codeOf(service().authenticator.caller({}, HERE)), 'UNAUTHENTICATED');
  });

  it('may not create keys of an open service when the request comes from a web page', async () => {
    const { scopes } = await service({ open: true }).authenticator.caller({ origin: 'http://localhost:8090' }, HERE);
    assert.deepEqual(scopes, ['transcode', 'jobs', 'streams', 'relays']);
  });

  it('of an open service is counted by its network', async () => {
    const { authenticator } = service({ open: true });
    const accounts = ['192.0.2.1', '2001:db8::1', '2001:db8::2'].map(async (address) =>
      accountOf(await authenticator.caller({}, address)),
    );
    assert.deepEqual(await Promise.all(accounts), ['192.0.2.1', '2001:db8::/64', '2001:db8::/64']);
  });

  it('is refused with wrong credentials, even by an open service', async () => {
    const { authenticator } = service({ open: true });
    for (const headers of [
      { authorization: 'Bearer a.b.c' },
      { authorization: 'Basic YTpi' },
      { 'x-api-key': 'x' },
      guess(),
    ]) {
      assert.equal(await codeOf(authenticator.caller(headers, HERE)), 'UNAUTHENTICATED', JSON.stringify(headers));
    }
  });
});

describe('wrong credentials', () => {
  it('are looked up until the limit, and not afterwards', async () => {
    const { authenticator, lookups } = service();
    const codes: string[] = [];
    for (let count = 0; count < 1_000; count += 1) codes.push(await codeOf(authenticator.caller(guess(), HERE)));
    assert.deepEqual(tally(codes), { UNAUTHENTICATED: LIMIT, RATE_LIMITED: 1_000 - LIMIT });
    assert.equal(codes.indexOf('RATE_LIMITED'), LIMIT);
    assert.equal(lookups(), LIMIT);
  });

  it('of every kind are counted', async () => {
    const { authenticator } = service();
    const kinds = [{ authorization: 'Bearer a.b.c' }, { authorization: 'Basic YTpi' }, { 'x-api-key': 'x' }, guess()];
    for (let count = 0; count < LIMIT; count += 1) {
      await codeOf(authenticator.caller(kinds[count % kinds.length] ?? {}, HERE));
    }
    for (const headers of kinds) assert.equal(await codeOf(authenticator.caller(headers, HERE)), 'RATE_LIMITED');
    assert.equal(await codeOf(authenticator.key('x', HERE)), 'RATE_LIMITED');
  });

  it('are refused with the time until a retry', async () => {
    const { authenticator } = service();
    for (let count = 0; count < LIMIT; count += 1) await codeOf(authenticator.caller(guess(), HERE));
    await assert.rejects(authenticator.caller(guess(), HERE), ({ details }: AppError) => {
      const seconds = Number(details['retry_after_seconds']);
      return Number.isInteger(seconds) && seconds > 50 && seconds <= 60;
    });
  });

  it('do not affect other addresses, or valid credentials from the same address', async () => {
    const { authenticator, keys } = service();
    const [known = '', unknownYet = ''] = keys;
    await authenticator.caller({ 'x-api-key': known }, HERE);
    for (let count = 0; count < 100; count += 1) await codeOf(authenticator.caller(guess(), HERE));
    assert.equal(await codeOf(authenticator.caller({ 'x-api-key': known }, HERE)), 'served');
    assert.equal(await codeOf(authenticator.caller({ authorization: `Bearer ${await tokenOf()}` }, HERE)), 'served');
    assert.equal(await codeOf(authenticator.caller({ 'x-api-key': unknownYet }, HERE)), 'RATE_LIMITED');
    assert.equal(await codeOf(authenticator.caller({ 'x-api-key': unknownYet }, THERE)), 'served');
    assert.equal(await codeOf(authenticator.caller({ 'x-api-key': unknownYet }, HERE)), 'served', 'it is cached now');
  });

  it('in parallel cause no more lookups than in sequence', async () => {
    const { authenticator, lookups, mostAtOnce } = service({ delayMs: 20 });
    const codes = await Promise.all(Array.from({ length: 1_000 }, () => codeOf(authenticator.caller(guess(), HERE))));
    assert.equal(lookups(), LIMIT);
    assert.ok(mostAtOnce() <= LIMIT);
    assert.deepEqual(tally(codes), { UNAUTHENTICATED: LIMIT, RATE_LIMITED: 1_000 - LIMIT });
  });

  it('do not include missing credentials, or ones that could not be checked', async () => {
    const away = createKeyCheck({
      find: () => Promise.reject(new AppError('UNAVAILABLE', { part: 'store' })),
      onChange: () => () => undefined,
    });
    const limits = createRateLimits({ perCaller: 9, perAddress: 9, wrongCredentials: 1, shared: undefined });
    const authenticator = createAuthenticator({
      tokens: createTokens({ secret: undefined, remoteKeys: undefined, issuer: undefined, audience: undefined }),
      keys: away,
      wrong: limits.wrongCredentials,
      isOpen: () => false,
    });
    for (let count = 0; count < 5; count += 1) {
      assert.equal(await codeOf(authenticator.caller({}, HERE)), 'UNAUTHENTICATED');
      assert.equal(await codeOf(authenticator.caller(guess(), HERE)), 'UNAVAILABLE');
    }
  });
});
