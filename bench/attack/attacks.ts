import { BODIES } from './bodies.ts';
import { FALLBACK } from './fallback.ts';
import { GREEDY } from './greedy.ts';
import { NAMES } from './names.ts';
import { OWN_ADDRESSES } from './own-addresses.ts';
import { STORE } from './store.ts';

/** Every kind of attack, in the order in which they run. */
export const ATTACKS = {
  names: NAMES,
  bodies: BODIES,
  fallback: FALLBACK,
  greedy: GREEDY,
  store: STORE,
  'own-addresses': OWN_ADDRESSES,
} as const;

export type AttackName = keyof typeof ATTACKS;
