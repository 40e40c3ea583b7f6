import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A layer as `npm run build:layers` leaves it. */
export type BuiltLayer = {
  readonly directory: string;
  /** For a test's `skip`: why it cannot be tested here, or false. In CI a layer that is not built fails its tests. */
  readonly missing: string | false;
};

export const AUDIO_LAYER = builtLayer('ffmpeg-audio');
export const FULL_LAYER = builtLayer('ffmpeg');

function builtLayer(name: string): BuiltLayer {
  const dist = `layers/${name}/dist`;
  const directory = fileURLToPath(new URL(`../../../${dist}`, import.meta.url));
  const skips = process.env['CI'] === undefined && !existsSync(`${directory}/RECIPE.json`);
  return { directory, missing: skips && `${dist} is not built: npm run build:layers` };
}
