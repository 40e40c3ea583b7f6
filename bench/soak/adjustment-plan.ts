import { EQ_PRESETS, EQUALIZER_BANDS } from '#lib/filters/equalizer.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import type { Random } from './random.ts';

export type PlannedAdjustment = { readonly afterMs: number; readonly patch: FilterPatch };

const PAUSE_MS = [1_000, 4_000] as const;
/** Longer distance between changes of speed, so that they can be distinguished, ms. */
const SPEED_PAUSE_MS = 9_000;
const SPEED = [0.5, 2] as const;
/** Ranges in which a tone stays readable. */
const VOLUME = [0.3, 1.5] as const;
const GAIN_DB = [-6, 6] as const;

/** Returns an endless sequence of changes of a channel's filters. */
export function* planAdjustments(random: Random): Generator<PlannedAdjustment, never> {
  let sinceSpeed = 0;
  for (;;) {
    const afterMs = random.between(...PAUSE_MS);
    sinceSpeed += afterMs;
    const kind = random.pick(['speed', 'volume', 'preset', 'bands']);
    if (kind === 'speed' && sinceSpeed >= SPEED_PAUSE_MS) {
      sinceSpeed = 0;
      yield { afterMs, patch: { speed: rounded(random.between(...SPEED)) } };
    } else if (kind === 'preset') {
      yield { afterMs, patch: { eq_preset: random.pick(EQ_PRESETS) } };
    } else if (kind === 'bands') {
      yield {
        afterMs,
        patch: { equalizer: Array.from({ length: EQUALIZER_BANDS.length }, () => rounded(random.between(...GAIN_DB))) },
      };
    } else yield { afterMs, patch: { volume: rounded(random.between(...VOLUME)) } };
  }
}

function rounded(value: number): number {
  return Math.round(value * 20) / 20;
}
