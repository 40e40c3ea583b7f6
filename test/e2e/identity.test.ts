import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { SCOPES } from '#lib/identity/caller.ts';
import { newApiKey, writeApiKey } from '#lib/identity/keys/api-key.ts';
import { type Answer, type CallOptions, call } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { type Host, startHost } from '../support/host.ts';
import { jwksServer } from '../support/jwks-server.ts';
import { claims, JWT_SECRET, rawToken, type SigningKey, signedBy, signingKey, tokenOf } from '../support/jwt.ts';
import { assertLogged } from '../support/request-line.ts';

/** A request that requires the scope `transcode`; VALIDATION_ERROR shows that it was accepted. */
function ask(host: Host, options: CallOptions = {}): Promise<Answer> {
  return call(host, '/transcode', { body: {}, ...options });
}

function bearer(token: string): CallOptions {
  return { headers: { authorization: `Bearer ${token}` } };
}

const ADMITTED = { status: 422, code: 'VALIDATION_ERROR' };
const REFUSED = { status: 401, code: 'UNAUTHENTICATED' };

describe('a host on loopback without authentication settings', () => {
  let host: Host;
  before(async () => {
    host = await startHost();
  });
  after(() => host[Symbol.asyncDispose]());

  it('is open, and callers are the local caller', async () => {
    const admitted = await ask(host);
    assertError(admitted, ADMITTED);
    await assertLogged(host, admitted, { caller: 'local', via: 'open', source_ip: '127.0.0.1' });
  });

  it('answers no web page but its own, and no foreign name that resolves to it', async () => {
    const { port } = new URL(host.url);
    for (const headers of [
      { host: 'rebound.example', 'sec-fetch-site': 'same-origin' },
      { origin: 'https://evil.example', 'content-type': 'text/plain' },
      { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ]) {
      for (const path of ['/transcode', '/api/keys', '/oauth/token']) {
        const answer = await call(host, path, { body: {}, headers });
        assertError(answer, { status: 403, code: 'FORBIDDEN' });
        assert.equal(answer.headers['access-control-allow-origin'], undefined);
      }
    }
    for (const headers of [{ host: `localhost:${port}` }, { host: `[::1]:${port}`, origin: `http://[::1]:${port}` }]) {
      assertError(await ask(host, { headers }), ADMITTED);
    }
  });

  it('rejects credentials that it cannot check', async () => {
    assertError(await ask(host, bearer(await tokenOf())), REFUSED);
    assertError(await ask(host, { headers: { 'x-api-key': writeApiKey(newApiKey()) } }), REFUSED);
  });

  it('returns an error that explains why it has no tokens, keys and uploads', async () => {
    const form = {
      method: 'POST',
      body: 'grant_type=client_credentials',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
    const asked = await call(host, '/oauth/token', form);
    assertError(asked, { status: 503, code: 'UNAVAILABLE', recoverable: false, details: { part: 'tokens' } });
    const keys = await call(host, '/api/keys');
    assertError(keys, { status: 503, code: 'UNAVAILABLE', recoverable: false, details: { part: 'store' } });
    const upload = await call(host, '/api/uploads', { body: { bytes: 5 } });
    assertError(upload, { status: 503, code: 'UNAVAILABLE', recoverable: false, details: { part: 'storage' } });
  });

  it('returns the rate limit in headers, except to monitors', async () => {
    const { headers } = await ask(host);
    assert.equal(headers['ratelimit-limit'], '3000');
    assert.ok(Number(headers['ratelimit-remaining']) < 3_000);
    assert.ok(Number(headers['ratelimit-reset']) <= 60);
    for (const path of ['/health', '/health/live', '/metrics']) {
      assert.equal((await call(host, path)).headers['ratelimit-limit'], undefined, path);
    }
  });
});

const RULES = { JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'ffmpeg-functions' };
const ours: typeof claims = (changed) => claims({ iss: RULES.JWT_ISSUER, aud: RULES.JWT_AUDIENCE, ...changed });

describe('a host that checks tokens', () => {
  const cleanUp = new AsyncDisposableStack();
  let host: Host;
  let key: SigningKey;
  before(async () => {
    key = await signingKey('RS256', 'one');
    const jwks = cleanUp.use(await jwksServer(key));
    host = cleanUp.use(await startHost({ JWT_SECRET, JWKS_URL: jwks.url, ...RULES, TRUSTED_PROXIES: '127.0.0.3' }));
  });
  after(() => cleanUp.disposeAsync());

  it('accepts a token signed with the secret or with a published key', async () => {
    const admitted = await ask(host, bearer(await tokenOf(ours())));
    assertError(admitted, ADMITTED);
    await assertLogged(host, admitted, { caller: 'ann', via: 'token' });
    const external = await ask(host, bearer(await signedBy(key, 'RS256', ours())));
    assertError(external, ADMITTED);
    await assertLogged(host, external, { caller: `ann@${RULES.JWT_ISSUER}`, via: 'token' });
  });

  it('rejects everything else with the same message', async () => {
    const bodies = new Set<string>();
    for (const options of [
      {},
      bearer(await tokenOf(ours({ exp: 1_000 }))),
      bearer(await tokenOf(ours(), 'another secret of the same length as it')),
      bearer(rawToken({ alg: 'none' }, ours())),
      bearer('garbage'),
      { headers: { authorization: 'Basic YTpi' } },
    ]) {
      const answer = await ask(host, options);
      assertError(answer, REFUSED);
      bodies.add(JSON.stringify({ ...answer.json(), request_id: '' }));
    }
    assert.equal(bodies.size, 1);
  });

  it('rejects a token without the required scope and names the scope', async () => {
    const answer = await ask(host, bearer(await tokenOf(ours({ scope: 'jobs admin' }))));
    assertError(answer, { status: 403, code: 'FORBIDDEN', details: { scope: 'transcode' } });
    assert.match(String(answer.headers['www-authenticate']), /insufficient_scope/);
    assertError(await call(host, '/api/keys', bearer(await tokenOf(ours()))), {
      status: 403,
      code: 'FORBIDDEN',
      details: { scope: 'admin' },
    });
  });

  it('requires the scope that the description of each operation names', async () => {
    const { paths } = (await call(host, '/openapi.json')).json();
    const operations = Object.entries<Record<string, { security: Record<string, string[]>[] }>>(paths).flatMap(
      ([path, methods]) => Object.entries(methods).map(([method, { security }]) => ({ path, method, security })),
    );
    assert.ok(operations.length >= 12);
    for (const { path, method, security } of operations) {
      const target = path.replaceAll(/\{\w+\}/g, '0');
      const body = ['post', 'put', 'patch'].includes(method) ? { body: '{}' } : {};
      const send = (options: CallOptions) => call(host, target, { method: method.toUpperCase(), ...body, ...options });
      const scopes = [...new Set(security.flatMap((way) => Object.values(way).flat()))];
      const answer = await send({});
      if (security.length === 0) {
        assert.doesNotMatch(String(answer.headers['www-authenticate']), /Bearer/, path);
      } else {
        assertError(answer, REFUSED);
        // Credentials of any scope will do.
        if (scopes.length === 0) continue;
        const others = SCOPES.filter((each) => !scopes.includes(each)).join(' ');
        const forbidden = await send(bearer(await tokenOf(ours({ scope: others }))));
        assertError(forbidden, { status: 403, code: 'FORBIDDEN', details: { scope: scopes.join(' ') } });
      }
    }
  });

  it('serves monitors, documentation and preflights without credentials', async () => {
    for (const path of ['/health', '/metrics', '/openapi.json', '/openapi.yaml', '/docs'])
      assert.equal((await call(host, path)).status, 200, path);
    assert.equal((await call(host, '/nowhere')).status, 404);
    const preflight = await call(host, '/transcode', {
      method: 'OPTIONS',
      headers: { origin: 'https://player.example', 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.status, 204);
  });

  it('returns 429 to an address after many wrong keys, and still serves all other callers', async () => {
    const guess = () => ({ headers: { 'x-api-key': writeApiKey(newApiKey()) } });
    const statuses: Record<number, number> = {};
    for (let count = 0; count < 20; count += 1) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(host, guess())));
      for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
    }
    assert.ok((statuses[429] ?? 0) >= 180, JSON.stringify(statuses));
    assert.deepEqual(Object.keys(statuses), ['401', '429']);
    const refused = await ask(host, guess());
    assertError(refused, { status: 429, code: 'RATE_LIMITED', recoverable: true });
    assert.ok(Number(refused.headers['retry-after']) > 1);

    assertError(await ask(host, bearer(await tokenOf(ours()))), ADMITTED);
    assertError(await ask(host, { ...guess(), localAddress: '127.0.0.2' }), REFUSED);
    assertError(await ask(host, { ...bearer(await tokenOf(ours())), localAddress: '127.0.0.2' }), ADMITTED);
    // The first request comes through the trusted proxy, the second through another proxy.
    const forwarded = { headers: { ...guess().headers, 'x-forwarded-for': '198.51.100.1' } };
    const behindProxy = await ask(host, { ...forwarded, localAddress: '127.0.0.3' });
    assertError(behindProxy, REFUSED);
    await assertLogged(host, behindProxy, { source_ip: '198.51.100.1', code: 'UNAUTHENTICATED' });
    const claimed = await ask(host, forwarded);
    assertError(claimed, { status: 429, code: 'RATE_LIMITED' });
    await assertLogged(host, claimed, { source_ip: '127.0.0.1', code: 'RATE_LIMITED' });
  });
});

describe('the function platform', () => {
  /** Loads the function, as the platform does first. */
  const load = (settings: NodeJS.ProcessEnv) =>
    promisify(execFile)(process.execPath, ['-e', "import('./handlers/keys.ts').then(() => process.exit())"], {
      env: { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001', PATH: process.env['PATH'], ...settings },
    });

  it('cannot load a function without a way to authenticate callers', async () => {
    await assert.rejects(load({}), ({ stderr }: { stderr: string }) =>
      /the platform would open the service/.test(stderr),
    );
    await load({ JWT_SECRET });
    await load({ AUTHENTICATION: 'required' });
  });
});
