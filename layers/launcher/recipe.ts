import type { LayerRecipe } from '../builder/recipe.ts';

/**
 * The program that starts every ffmpeg with fewer rights. It is a layer of its own, for all other layers. It is built
 * with musl: a static glibc asks the processor for its features at every start, which takes a millisecond in a virtual
 * machine.
 */
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
            ...(['musl-gcc', '-static', '-Os', '-fno-ident', '-Wall', '-Wextra', '-Werror'] as const),
            // musl has no headers of the kernel.
            ...['-idirafter', '/usr/include', '-idirafter', '/usr/include/x86_64-linux-gnu'],
            ...['-Wl,--build-id=none', '-o', 'launcher', '../own/launcher.c'],
          ],
        },
        { directory: 'build', command: ['strip', '--strip-all', 'launcher'] },
      ],
    },
  ],
  tools: { 'musl-gcc': 'musl-tools' },
  own: ['launcher.c', 'files.h', 'system-calls.h'],
};
