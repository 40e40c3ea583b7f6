import fc from 'fast-check';
import { JWT_SECRET, rawToken, tokenOf } from '../../test/support/jwt.ts';
import { MARKERS } from './markers.ts';
import type { HeaderLine } from './wire-request.ts';

/** Year 2100, so that a stored case keeps working. */
const EXPIRES = 4_102_444_800;

const GOOD = { sub: 'fuzz', scope: 'transcode jobs admin', exp: EXPIRES };

/** The Authorization header with all scopes. It owns everything that the run itself creates. */
export const OWNER = `Bearer ${await tokenOf(GOOD)}`;

const OTHER_TOKENS = await Promise.all([
  tokenOf({ ...GOOD, sub: 'another' }),
  tokenOf({ ...GOOD, scope: 'transcode' }),
  tokenOf({ ...GOOD, scope: 'jobs' }),
  tokenOf({ ...GOOD, scope: '' }),
  tokenOf({ ...GOOD, sub: '' }),
  tokenOf({ ...GOOD, sub: 'x'.repeat(300) }),
  tokenOf({ ...GOOD, sub: 'nul\u0000' }),
  tokenOf({ ...GOOD, exp: 1 }),
  tokenOf({ ...GOOD, nbf: EXPIRES }),
  tokenOf({ sub: 'fuzz', scope: 'admin' }),
  tokenOf({ ...GOOD, scope: ['admin'] }),
  tokenOf({ ...GOOD, junk: 'x'.repeat(3_000) }),
  tokenOf(GOOD, `${JWT_SECRET}!`),
]);

const FORGED_TOKENS = [
  rawToken({ alg: 'none' }, GOOD),
  rawToken({ alg: 'HS512' }, GOOD, 'signature'),
  rawToken({ alg: 'RS256', kid: '../../etc/passwd' }, GOOD, 'signature'),
  rawToken({ alg: 'HS256', crit: ['exp'] }, GOOD, 'signature'),
  rawToken({ alg: 'HS256', b64: false }, 'no object', 'signature'),
  rawToken(null, null),
  rawToken({ alg: 'HS256' }, { exp: 'never', sub: {} }, 'signature'),
  '..',
  'a.b.c',
  'a'.repeat(5_000),
];

/** Authentication headers, mostly valid, else invalid in some way. */
export const CREDENTIALS: fc.Arbitrary<readonly HeaderLine[]> = fc.oneof(
  { weight: 12, arbitrary: fc.constant([['Authorization', OWNER]] as const) },
  // Tokens cannot use the routes of keys.
  { weight: 6, arbitrary: fc.constant([['X-Api-Key', MARKERS.apiKey]] as const) },
  { weight: 1, arbitrary: fc.constant([]) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...OTHER_TOKENS, ...FORGED_TOKENS)
      .map((token): HeaderLine[] => [['Authorization', `Bearer ${token}`]]),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        'Bearer',
        'Basic',
        'bearer  x',
        `basic ${btoa('a:b')}`,
        'Basic %%%',
        'Digest x',
        `${OWNER},${OWNER}`,
      )
      .map((value): HeaderLine[] => [['Authorization', value]]),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('', 'ffk_', `ffk_${'0'.repeat(16)}_${'a'.repeat(43)}`, 'x'.repeat(2_000), '\u00ff\u00fe')
      .map((value): HeaderLine[] => [['X-Api-Key', value]]),
  },
  {
    weight: 1,
    arbitrary: fc.constant([
      ['Authorization', OWNER],
      ['X-Api-Key', MARKERS.apiKey],
      ['Authorization', 'Bearer x'],
    ] as const),
  },
);
