import { DEFAULT_FONT } from '#lib/ffmpeg/fonts/default-font.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';

/** The names of the fonts that ffmpeg reads. */
export type KnownFonts = { has(name: string): boolean };

/** Returns the fonts that the steps of a job name, each with its field. */
export function namedFonts({ steps }: Pick<JobSpec, 'steps'>): { readonly field: string; readonly font: string }[] {
  return steps.flatMap((step, index) => {
    if (step.op === 'text' && step.font !== undefined) return [{ field: `steps[${index}].font`, font: step.font }];
    const font = step.op === 'subtitles' ? step.style?.font : undefined;
    return font === undefined ? [] : [{ field: `steps[${index}].style.font`, font }];
  });
}

/** Warns of fonts that do not exist: another one is used. */
export function warnOfFonts(spec: JobSpec, fonts: KnownFonts, warn: (text: string) => void): void {
  for (const { field, font } of namedFonts(spec)) {
    if (fonts.has(font)) continue;
    warn(`${field} is ${font}, which GET /api/fonts does not list: another font is used, usually ${DEFAULT_FONT}`);
  }
}
