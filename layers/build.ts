import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildLayer } from './builder/build-layer.ts';
import type { LayerRecipe } from './builder/recipe.ts';
import { FULL_RECIPE } from './ffmpeg/recipe.ts';
import { AUDIO_RECIPE } from './ffmpeg-audio/recipe.ts';
import { LAUNCHER_RECIPE } from './launcher/recipe.ts';

/** `npm run build:layers [-- launcher|audio|full]`: builds the layers, which are mounted under `/opt`, from source. */
const RECIPES: Readonly<Record<string, LayerRecipe>> = {
  launcher: LAUNCHER_RECIPE,
  audio: AUDIO_RECIPE,
  full: FULL_RECIPE,
};

const say = (line: string): void => {
  process.stderr.write(`layers: ${line}\n`);
};
const cache = process.env['LAYERS_CACHE'] ?? join(homedir(), '.cache', 'ffmpeg-functions');
const asked = process.argv.slice(2);
if (process.arch !== 'x64') {
  say(`the layers are for x86-64 only; this machine is ${process.arch}`);
  process.exit(1);
}
for (const name of asked.length === 0 ? Object.keys(RECIPES) : asked) {
  const recipe = RECIPES[name];
  if (recipe === undefined) {
    say(`there is no layer ${name}; the layers are ${Object.keys(RECIPES).join(', ')}`);
    process.exit(2);
  }
  const directory = fileURLToPath(new URL(recipe.name, import.meta.url));
  try {
    say(`${recipe.name}: ready in ${await buildLayer(recipe, { directory, cache, report: say })}`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
