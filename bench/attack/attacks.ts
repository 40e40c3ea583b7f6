import type { Attack } from './attack.ts';
import { BODIES } from './bodies.ts';
import { DECODER } from './decoder.ts';
import { FALLBACK } from './fallback.ts';
import { FOREIGN_TOKENS } from './foreign-tokens.ts';
import { GREEDY } from './greedy.ts';
import { NAMES } from './names.ts';
import { OUTPUT_FILES } from './output-files.ts';
import { OWN_ADDRESSES } from './own-addresses.ts';
import { REVOKED_KEYS } from './revoked-keys.ts';
import { SMALL } from './small.ts';
import { STORE } from './store.ts';
import { WEB_PAGE } from './web-page.ts';

/** Every kind of attack, in the order in which they run. */
export const ATTACKS = {
  names: NAMES,
  bodies: BODIES,
  fallback: FALLBACK,
  greedy: GREEDY,
  store: STORE,
  'own-addresses': OWN_ADDRESSES,
  'revoked-keys': REVOKED_KEYS,
  decoder: DECODER,
  'web-page': WEB_PAGE,
  'foreign-tokens': FOREIGN_TOKENS,
  'output-files': OUTPUT_FILES,
  small: SMALL,
} as const satisfies Readonly<Record<string, Attack>>;
