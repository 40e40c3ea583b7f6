import type { PlannedText } from '#lib/jobs/plan/planned-layers.ts';
import { perSecond } from '#lib/jobs/plan/rates.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { isColored } from '#lib/jobs/text/colors.ts';
import { writeAss } from '#lib/jobs/text/write-ass.ts';
import type { DrawnLayer, DrawOptions } from './layer.ts';
import { escaped } from './picture-chain.ts';

/** Draws texts, in each geometry by a file of its own. Returns undefined outside the time of all texts. */
export function drawText(layer: PlannedText, options: DrawOptions): DrawnLayer | undefined {
  const { script, lines } = layer;
  const { geometries, links, name, folder, fps, firstFrame, frames } = options;
  const shown = lines.filter(({ isShown }) => isShown);
  const first = shown.reduce((least, line) => Math.min(least, line.firstFrame), Number.POSITIVE_INFINITY);
  const end = shown.reduce((most, line) => Math.max(most, line.endFrame), 0);
  if (end <= firstFrame || first >= firstFrame + frames) return undefined;
  const placed = lines.filter((line) => line.endFrame > firstFrame && line.firstFrame < firstFrame + frames);
  const colored = isColored(layer);
  if (!colored && !placed.some(({ isShown }) => isShown)) return undefined;
  const files = geometries.map((_, number) => `${name}-${number}.ass`);
  const [before, after] = colored ? inOldColors({ first, end, fps }) : ['', ''];
  return {
    ...{ args: [], opened: 0, reads: [], filters: [] },
    writes: geometries.map((geometry, number) => ({
      name: files[number] ?? '',
      text: writeAss({ script, lines: placed }, { ...geometry, unit: geometry.unit ?? 1, fps }),
    })),
    pictures: links.map(
      (link, number) => `${link}${before}ass=filename=${escaped(`${folder}/${files[number]}`)}${after}`,
    ),
  };
}

type Time = { readonly first: number; readonly end: number; readonly fps: FrameRate };

/**
 * Returns what is before and after the filter that draws: it takes every picture for one of BT.601, and greys alone are the
 * same there. The pictures are converted in all frames of a layer, also where a window has none of its texts.
 */
function inOldColors({ first, end, fps }: Time): [string, string] {
  const [from, to] = [first, end].map((frame) => ((frame - 0.5) / perSecond(fps)).toFixed(6));
  const enabled = `enable=between(t\\,${from}\\,${to})`;
  return [`colormatrix=bt709:bt601:${enabled},`, `,colormatrix=bt601:bt709:${enabled}`];
}
