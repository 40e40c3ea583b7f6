import type { PlannedText } from '#lib/jobs/plan/planned-layers.ts';
import { writeAss } from '#lib/jobs/text/write-ass.ts';
import type { DrawnLayer, DrawOptions } from './layer.ts';
import { escaped } from './picture-chain.ts';

/** Draws texts, in each geometry by a file of its own. Returns undefined without a text in the window. */
export function drawText({ script, lines }: PlannedText, options: DrawOptions): DrawnLayer | undefined {
  const { geometries, links, name, folder, fps, firstFrame, frames } = options;
  const placed = lines.filter((line) => line.endFrame > firstFrame && line.firstFrame < firstFrame + frames);
  if (!placed.some(({ isShown }) => isShown)) return undefined;
  const files = geometries.map((_, number) => `${name}-${number}.ass`);
  return {
    ...{ args: [], opened: 0, reads: [], filters: [] },
    writes: geometries.map((geometry, number) => ({
      name: files[number] ?? '',
      text: writeAss({ script, lines: placed }, { ...geometry, unit: geometry.unit ?? 1, fps }),
    })),
    pictures: links.map((link, number) => `${link}ass=filename=${escaped(`${folder}/${files[number]}`)}`),
  };
}
