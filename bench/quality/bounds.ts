import type { QualityPreset } from '#lib/profiles/audio.ts';
import type { Bounds } from './comparison.ts';

const INAUDIBLE: Bounds = { loss: 0.02, change: 1 };

/**
 * How much each preset may lose compared with its encoder's best. `standard` must be cheap: it may lose up to a twelfth
 * of the bitrate, most of it on pure ringing tones.
 */
export const BOUNDS: Readonly<Record<QualityPreset, Bounds>> = {
  lowlatency: INAUDIBLE,
  standard: { loss: 1 / 12, change: 6 },
  high: INAUDIBLE,
};
