import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A layer that `npm run build:layers` has built. */
export type BuiltLayer = {
  readonly directory: string;
  /** For a test's `skip`: why the layer cannot be tested, or false. In CI, the tests of a layer that is not built fail. */
  readonly missing: string | false;
};

export const LAUNCHER_LAYER = builtLayer('launcher');
export const AUDIO_LAYER = builtLayer('ffmpeg-audio');
export const FULL_LAYER = builtLayer('ffmpeg');

function builtLayer(name: string): BuiltLayer {
  const dist = `layers/${name}/dist`;
  const directory = fileURLToPath(new URL(`../../../${dist}`, import.meta.url));
  const skips = process.env['CI'] === undefined && !existsSync(`${directory}/RECIPE.json`);
  return { directory, missing: skips && `${dist} is not built: npm run build:layers` };
}
