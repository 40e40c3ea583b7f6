import { ROUTES } from '#lib/api/routes.ts';
import type { RouteEntry } from '#lib/http/route-entry.ts';
import { call } from '../../test/support/client.ts';
import { startHost } from '../../test/support/host.ts';
import { type Attack, createChecks } from './attack.ts';

const EVIL = 'https://evil.example';
const ALL: readonly RouteEntry[] = Object.values(ROUTES).flatMap((table): RouteEntry[] => Object.values(table));
const ID = '0198f3c2-6d1e-7a54-9c0b-2f6f1c1f7a10';

/** What a page can make a browser send. */
const BY_PAGE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a foreign origin': { origin: EVIL, 'sec-fetch-site': 'cross-site' },
  'a foreign origin of an old browser': { origin: EVIL, 'content-type': 'text/plain' },
  'a sandboxed page': { origin: 'null', 'sec-fetch-site': 'cross-site' },
  'a form': { origin: EVIL, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-mode': 'navigate' },
  'an image': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  'another port of this machine': { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
  'a name that was rebound': { host: 'rebound.example', 'sec-fetch-site': 'same-origin' },
};

/** A page in the browser of someone who runs the service without credentials. */
export const WEB_PAGE: Attack = {
  about: 'an open service answers no foreign web page: foreign Host, Origin, preflights, plain bodies',
  async run() {
    const checks = createChecks();
    await using host = await startHost({ CORS_ORIGINS: 'https://friend.example' });
    for (const { method, path, access, body } of ALL.filter((route) => route.access !== 'public')) {
      const target = path.replaceAll(/\{\w+\}/g, ID);
      for (const [what, headers] of Object.entries(BY_PAGE)) {
        const text = `${access} ${method} ${path} by ${what}`;
        const answer = await call(host, target, { method, headers, ...(body === undefined ? {} : { body: '{}' }) });
        checks.expect([403, 421].includes(answer.status), `${text} got ${answer.status}`);
        checks.expect(answer.headers['access-control-allow-origin'] === undefined, `${text} may be read`);
      }
      const asked = { origin: EVIL, 'access-control-request-method': method };
      const preflight = await call(host, target, { method: 'OPTIONS', headers: asked });
      checks.expect(
        preflight.headers['access-control-allow-origin'] === undefined,
        `a preflight of ${path} is granted`,
      );
    }
    const own = await call(host, '/transcodes');
    checks.expect(own.status !== 403, `a program of this machine got ${own.status}`);
    return checks.result('{checks} checks');
  },
};
