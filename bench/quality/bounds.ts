import type { QualityPreset } from '#lib/profiles/audio.ts';
import type { Bounds } from './comparison.ts';

const INAUDIBLE: Bounds = { loss: 0.02, change: 1 };

/**
 * What each preset may lose to its encoder's best. `standard` is the one that is to cost little: as much as a twelfth of the
 * bitrate, most of it where a bare tone rings.
 */
export const BOUNDS: Readonly<Record<QualityPreset, Bounds>> = {
  lowlatency: INAUDIBLE,
  standard: { loss: 1 / 12, change: 6 },
  high: INAUDIBLE,
};
