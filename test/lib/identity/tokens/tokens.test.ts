import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exportSPKI, type JWTPayload, SignJWT } from 'jose';
import { AppError } from '#lib/errors.ts';
import { createRemoteKeys } from '#lib/identity/tokens/remote-keys.ts';
import { createTokens, type TokenOptions } from '#lib/identity/tokens/tokens.ts';
import { jwksServer } from '../../../support/jwks-server.ts';
import { claims, JWT_SECRET, rawToken, signedBy, signingKey, tokenOf } from '../../../support/jwt.ts';

const NOTHING: TokenOptions = { secret: undefined, remoteKeys: undefined, issuer: undefined, audience: undefined };
const now = () => Math.floor(Date.now() / 1_000);

const RULES = { issuer: 'https://issuer.example', audience: 'ffmpeg-functions' };
const EXTERNAL_ANN = `ann@${RULES.issuer}`;

/** The claims of another issuer's token. */
const external = (changed: JWTPayload = {}) => claims({ iss: RULES.issuer, aud: RULES.audience, ...changed });

function verifier(options: Partial<TokenOptions> = {}) {
  return createTokens({ ...NOTHING, secret: JWT_SECRET, ...options });
}

/** Returns a token with this payload, signed with the shared secret. */
function signedText(payload: string): string {
  const signed = [JSON.stringify({ alg: 'HS256' }), payload]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`;
}

async function assertRefused(token: string, options: Partial<TokenOptions> = {}, message?: string): Promise<void> {
  await assert.rejects(
    verifier(options).verify(token),
    (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'UNAUTHENTICATED');
      // The caller gets the same error for every cause.
      assert.deepEqual(error.details, {});
      assert.equal(error.message, 'credentials are missing or not valid');
      return true;
    },
    message,
  );
}

describe('a token signed with the shared secret', () => {
  it('gives its caller and the known scopes, but never admin', async () => {
    for (const scope of ['transcode admin everything', ['admin', 'transcode', 7]]) {
      assert.deepEqual(await verifier().verify(await tokenOf(claims({ scope }))), {
        caller: { subject: 'ann', scopes: ['transcode'], via: 'token' },
        keyId: undefined,
      });
    }
  });

  it('gives no scopes when its scope is missing or not a string', async () => {
    for (const scope of [undefined, null, 5, {}, 'TRANSCODE', 'transcode,admin', ' ']) {
      const token = await tokenOf(claims({ scope } as JWTPayload));
      assert.deepEqual((await verifier().verify(token)).caller.scopes, [], JSON.stringify(scope));
    }
  });

  it('is refused when it has expired, is not yet valid, or never expires', async () => {
    await assertRefused(await tokenOf(claims({ exp: now() - 60 })));
    await assertRefused(await tokenOf(claims({ nbf: now() + 60 })));
    const { exp: _, ...eternal } = claims();
    await assertRefused(await tokenOf(eternal));
    await assertRefused(await tokenOf(claims({ exp: 'tomorrow' } as unknown as JWTPayload)));
    // A number that is too large for a double is parsed as Infinity.
    await assertRefused(signedText('{"sub":"ann","exp":1e400}'));
  });

  it('is accepted when clocks differ by a few seconds', async () => {
    assert.equal(
      (await verifier().verify(await tokenOf(claims({ exp: now() - 2, nbf: now() + 2 })))).caller.subject,
      'ann',
    );
  });

  it('is refused without a valid subject', async () => {
    for (const sub of [undefined, '', 5, 'a\u0000b', 'a\nb', 'x'.repeat(256), '\ud800']) {
      await assertRefused(await tokenOf(claims({ sub } as JWTPayload)), {}, JSON.stringify(sub));
    }
  });

  it('is refused when it was signed with another secret, or not signed', async () => {
    await assertRefused(await tokenOf(claims(), `${JWT_SECRET}!`));
    const [header, payload] = (await tokenOf()).split('.');
    await assertRefused(`${header}.${payload}.`);
    const [, other, signature] = (await tokenOf(claims({ sub: 'eve' }))).split('.');
    await assertRefused(`${header}.${payload}.${signature}`);
    assert.notEqual(other, payload);
  });

  it('is refused with the algorithm none, however it is written', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null, undefined, 'HS256 ', ['HS256'], 0]) {
      await assertRefused(rawToken({ alg }, claims()), {}, JSON.stringify(alg));
      await assertRefused(rawToken({ alg, typ: 'JWT' }, claims(), 'x'), {}, JSON.stringify(alg));
    }
  });

  it('is refused with another algorithm of the same secret', async () => {
    for (const alg of ['HS384', 'HS512']) {
      const key = new TextEncoder().encode(JWT_SECRET.repeat(2));
      await assertRefused(await new SignJWT(claims()).setProtectedHeader({ alg }).sign(key), {
        secret: JWT_SECRET.repeat(2),
      });
    }
  });

  it('is refused with critical extensions', async () => {
    const token = new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', crit: ['b64'], b64: true });
    await assertRefused(await token.sign(new TextEncoder().encode(JWT_SECRET)));
  });

  it('is refused with another audience or issuer', async () => {
    const right = { iss: RULES.issuer, aud: ['other', RULES.audience] };
    assert.equal((await verifier(RULES).verify(await tokenOf(claims(right)))).caller.subject, 'ann');
    for (const wrong of [{ iss: 'https://evil.example' }, { aud: 'other' }, { iss: undefined }, { aud: undefined }]) {
      await assertRefused(await tokenOf(claims({ ...right, ...wrong } as JWTPayload)), RULES, JSON.stringify(wrong));
    }
  });

  it('is refused when no secret is configured', async () => {
    await assertRefused(await tokenOf(), { secret: undefined });
  });

  it('is refused with the same error when it is any other text', async () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc.record({ alg: fc.constantFrom('HS256', 'RS256', 'none', 'ES256') }, { requiredKeys: [] }).map((header) => {
        return Buffer.from(JSON.stringify(header)).toString('base64url');
      }),
    );
    const texts = fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.'));
    await fc.assert(fc.asyncProperty(texts, (text) => assertRefused(text)));
  });

  it('is refused when one character is changed', async () => {
    const token = await tokenOf();
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_'), async (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        // The last character of base64url may encode the same bytes in several ways.
        if (changed !== token && at < token.length - 1) await assertRefused(changed);
      }),
    );
  });
});

describe('an issued token', () => {
  it('can be verified', async () => {
    const tokens = verifier({ issuer: 'me', audience: 'you' });
    const token = await tokens.issue?.({ subject: 'ann', scopes: ['jobs'], ttlSeconds: 60, keyId: 'k' });
    const caller = { subject: 'ann', scopes: ['jobs'], via: 'token' };
    assert.deepEqual(await tokens.verify(token ?? ''), { caller, keyId: 'k' });
    const payload = JSON.parse(Buffer.from(String(token?.split('.')[1]), 'base64url').toString());
    assert.equal(payload.exp - payload.iat, 60);
    assert.match(payload.jti, /^[0-9a-f-]{36}$/);
    assert.deepEqual([payload.iss, payload.aud], ['me', 'you']);
  });

  it('needs a secret', () => {
    assert.equal(createTokens(NOTHING).issue, undefined);
  });
});

describe('a token signed with a key from JWKS_URL', () => {
  for (const alg of ['RS256', 'RS512', 'PS256', 'ES256', 'ES384']) {
    it(`is verified: ${alg}`, async () => {
      const key = await signingKey(alg, 'one');
      await using server = await jwksServer(key);
      const tokens = verifier({ secret: undefined, remoteKeys: createRemoteKeys(server.url), ...RULES });
      assert.equal((await tokens.verify(await signedBy(key, alg, external()))).caller.subject, EXTERNAL_ANN);
      assert.equal((await tokens.verify(await signedBy(key, alg, external()))).caller.subject, EXTERNAL_ANN);
      assert.equal(server.asked(), 1, 'the keys are cached');
    });
  }

  it('is refused without a configured issuer and audience, and for another service of the issuer', async () => {
    const key = await signingKey('ES256', 'one');
    await using server = await jwksServer(key);
    const remoteKeys = createRemoteKeys(server.url);
    const token = await signedBy(key, 'ES256', external());
    for (const rules of [{}, { issuer: RULES.issuer }, { audience: RULES.audience }]) {
      await assertRefused(token, { remoteKeys, ...rules });
    }
    for (const wrong of [{ aud: 'another service' }, { iss: 'https://evil.example' }]) {
      await assertRefused(await signedBy(key, 'ES256', external(wrong)), { remoteKeys, ...RULES });
    }
  });

  it('never names the subject of a key or of a local token, nor a key', async () => {
    const key = await signingKey('ES256', 'one');
    await using server = await jwksServer(key);
    const tokens = verifier({ remoteKeys: createRemoteKeys(server.url), ...RULES });
    const claimed = external({ sub: '5f0c9d2e7b41a836', key_id: '5f0c9d2e7b41a836', scope: 'admin transcode' });
    assert.deepEqual(await tokens.verify(await signedBy(key, 'ES256', claimed)), {
      caller: { subject: `5f0c9d2e7b41a836@${RULES.issuer}`, scopes: ['transcode'], via: 'token' },
      keyId: undefined,
    });
  });

  it('is refused when a public key was used as a shared secret', async () => {
    const key = await signingKey('RS256', 'one');
    await using server = await jwksServer(key);
    const pem = await exportSPKI(key.publicKey);
    const remoteKeys = createRemoteKeys(server.url);
    for (const secret of [pem, pem.trim(), JSON.stringify(await (await fetch(server.url)).json())]) {
      const unsigned = rawToken({ alg: 'HS256', kid: 'one' }, claims()).slice(0, -1);
      const forged = `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;
      for (const own of [undefined, JWT_SECRET]) await assertRefused(forged, { secret: own, remoteKeys, ...RULES });
    }
  });

  it('is refused when it was signed with another key, or an unpublished one', async () => {
    const [key, other] = [await signingKey('RS256', 'one'), await signingKey('RS256', 'one')];
    await using server = await jwksServer(key);
    const remoteKeys = createRemoteKeys(server.url);
    await assertRefused(await signedBy(other, 'RS256', external()), { remoteKeys, ...RULES });
    await assertRefused(await signedBy({ ...key, kid: 'two' }, 'RS256', external()), { remoteKeys, ...RULES });
    await assertRefused(await signedBy(key, 'RS256', external({ exp: now() - 60 })), { remoteKeys, ...RULES });
    assert.equal(server.asked(), 1, 'unknown keys do not cause a fetch each time');
  });

  it('fails with UNAVAILABLE while its keys were never fetched', async () => {
    const key = await signingKey('ES256', 'one');
    await using server = await jwksServer(key);
    server.fail();
    const tokens = verifier({ remoteKeys: createRemoteKeys(server.url), ...RULES });
    await assert.rejects(tokens.verify(await signedBy(key, 'ES256', external())), {
      code: 'UNAVAILABLE',
      details: { part: 'jwks' },
    });
    assert.equal((await tokens.verify(await tokenOf(external()))).caller.subject, 'ann', 'other tokens need no keys');
  });

  it('is still verified while the server of its keys is down', async () => {
    const key = await signingKey('ES256', 'one');
    const server = await jwksServer(key);
    const tokens = verifier({ remoteKeys: createRemoteKeys(server.url), ...RULES });
    await tokens.verify(await signedBy(key, 'ES256', external()));
    await server[Symbol.asyncDispose]();
    assert.equal((await tokens.verify(await signedBy(key, 'ES256', external()))).caller.subject, EXTERNAL_ANN);
  });
});
