import type { LayerRecipe } from '../builder/recipe.ts';

/** The program that starts every ffmpeg with fewer rights. It is a layer of its own, for all other layers. */
export const LAUNCHER_RECIPE: LayerRecipe = {
  name: 'launcher',
  sources: [],
  patches: [],
  licences: [],
  binaries: [
    {
      name: 'ffmpeg-launcher',
      built: 'build/launcher',
      steps: [
        {
          directory: 'build',
          command: [
            ...(['gcc', '-static', '-Os', '-fno-ident', '-Wall', '-Wextra', '-Werror', '-Wl,--build-id=none'] as const),
            ...['-o', 'launcher', '../own/launcher.c'],
          ],
        },
        { directory: 'build', command: ['strip', '--strip-all', 'launcher'] },
      ],
    },
  ],
  own: ['launcher.c', 'files.h', 'system-calls.h'],
};
