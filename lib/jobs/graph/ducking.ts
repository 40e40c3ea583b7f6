import { PINNED_SOUND } from './sound-chain.ts';

/** Sound below this is no voice but noise, −44 dB. */
const QUIETEST_VOICE = 0.006;
/** Any voice is brought to this level, −12 dB. */
const LEVEL = 0.25;
/** What the compressor takes as the level of it, measured with tones, noise and syllables, dB. */
const MEASURED_DB = -12.3;
/** What is above the threshold is reduced by this share: the compressor's highest ratio is 20. */
const SHARE = 0.95;
const ATTACK_MS = 20;
/** Gaps between words up to three times this long are not felt, and no word is missed: ms. */
const HOLD_MS = 100;
/** How long the sound then takes to be as loud as before, seconds. */
const RECOVERY_SECONDS = 0.5;

const SLOWEST_RELEASE_MS = 9_000;

/**
 * Returns the filters that lower a sound by some dB while a voice is heard. A gate takes away noise and a limiter brings
 * every voice to one level, so that one threshold reduces by the same amount for all of them. The voice is held by its own
 * echoes in other channels, of which the loudest counts.
 */
export function ducking(links: { readonly sound: string; readonly voice: string; readonly key: string }, db: number) {
  const { sound, voice, key } = links;
  const over = db / SHARE;
  // The envelope decays exponentially, so the reduction in dB does in a straight line.
  const timeConstantMs = (RECOVERY_SECONDS * 1_000) / ((over * Math.LN10) / 20);
  const compressor = {
    threshold: (10 ** ((MEASURED_DB - over) / 20)).toFixed(6),
    ...{ ratio: 20, knee: 1, link: 'maximum', detection: 'peak', attack: ATTACK_MS },
    // The filter divides these times by four.
    release: Math.min(SLOWEST_RELEASE_MS, 4 * timeConstantMs).toFixed(1),
  };
  const echoes = ECHOES.map((number) => number * HOLD_MS).join('|');
  return [
    `${voice}agate=threshold=${QUIETEST_VOICE}:ratio=9000:range=0:attack=1:release=100:knee=1:link=maximum,volume=30dB,` +
      `alimiter=limit=${LEVEL}:attack=1:release=20:level=0,${EIGHT_CHANNELS},adelay=delays=${echoes}${key}`,
    `${sound}${key}sidechaincompress=${options(compressor)},${PINNED_SOUND}`,
  ] as const;
}

/** Both channels, and their three echoes. */
const ECHOES = [0, 0, 1, 1, 2, 2, 3, 3];
const EIGHT_CHANNELS = `pan=7.1|${ECHOES.map((_, channel) => `c${channel}=c${channel % 2}`).join('|')}`;

function options(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(':');
}
