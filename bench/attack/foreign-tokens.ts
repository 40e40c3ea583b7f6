import { exportSPKI, SignJWT } from 'jose';
import { call } from '../../test/support/client.ts';
import { startHost } from '../../test/support/host.ts';
import { jwksServer } from '../../test/support/jwks-server.ts';
import { claims, rawToken, signedBy, signingKey } from '../../test/support/jwt.ts';
import { type Attack, createChecks } from './attack.ts';

const OURS = { iss: 'https://login.example', aud: 'ffmpeg-functions' };

/** Tokens of the same issuer for other applications, and forged ones. */
export const FOREIGN_TOKENS: Attack = {
  about: 'tokens of JWKS_URL for other applications, of other issuers, and forged ones are refused',
  async run() {
    const checks = createChecks();
    const [key, foreign] = await Promise.all([signingKey('RS256', 'ours'), signingKey('RS256', 'ours')]);
    await using issuer = await jwksServer(key);
    await using host = await startHost({
      JWKS_URL: issuer.url,
      JWT_ISSUER: OURS.iss,
      JWT_AUDIENCE: OURS.aud,
    });
    const statusOf = async (token: string): Promise<number> =>
      (await call(host, '/transcode', { body: {}, headers: { authorization: `Bearer ${token}` } })).status;
    const signed = (changed: object) => signedBy(key, 'RS256', claims({ ...OURS, ...changed }));
    const publicKey = new TextEncoder().encode(await exportSPKI(key.publicKey));

    checks.expect((await statusOf(await signed({}))) === 422, 'a token for this service is refused');
    const tokens: Readonly<Record<string, string>> = {
      'for another application': await signed({ aud: 'another' }),
      'for no application': await signedBy(key, 'RS256', claims({ iss: OURS.iss })),
      'of another issuer': await signed({ iss: 'https://evil.example' }),
      'of no issuer': await signedBy(key, 'RS256', claims({ aud: OURS.aud })),
      'that has expired': await signed({ exp: 1 }),
      'without an end': await signedBy(key, 'RS256', { sub: 'ann', scope: 'transcode', ...OURS }),
      'without a subject': await signedBy(key, 'RS256', { ...claims(OURS), sub: '' }),
      'of another key': await signedBy(foreign, 'RS256', claims(OURS)),
      'without a signature': rawToken({ alg: 'none' }, claims(OURS)),
      'signed with the public key as a secret': await new SignJWT(claims(OURS))
        .setProtectedHeader({ alg: 'HS256', kid: key.kid })
        .sign(publicKey),
    };
    for (const [what, token] of Object.entries(tokens)) {
      const status = await statusOf(token);
      checks.expect(status === 401, `a token ${what} got ${status}`);
    }
    const admin = await signed({ scope: 'admin' });
    const keys = await call(host, '/api/keys', { headers: { authorization: `Bearer ${admin}` } });
    checks.expect(keys.status === 403, `a token with the scope admin got ${keys.status}`);
    const withoutNames = await startHost({ JWKS_URL: issuer.url }).then(
      async (started) => {
        await started[Symbol.asyncDispose]();
        return true;
      },
      () => false,
    );
    checks.expect(!withoutNames, 'a service starts with JWKS_URL and without an issuer and an audience');
    return checks.result('{checks} checks');
  },
};
