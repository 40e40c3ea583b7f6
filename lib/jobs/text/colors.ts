import type { PlannedText } from '#lib/jobs/plan/planned-layers.ts';
import type { StyleSpec } from '#lib/jobs/spec/text-fields.ts';

/** Returns whether a layer has colours that are no greys. Those of ASS are meant as they are drawn, unless it says BT.709. */
export function isColored({ script, lines }: Pick<PlannedText, 'script' | 'lines'>): boolean {
  if (script?.isBt709) return true;
  const styles = new Set(lines.flatMap(({ item }) => (item.kind === 'written' ? [item.style] : [])));
  return [...styles].some((style) => colorsOf(style).some((color) => !isGrey(color)));
}

function colorsOf({ color, outline, shadow, box }: StyleSpec): string[] {
  return [color, outline?.color, shadow?.color, box?.color].filter((value) => value !== undefined);
}

function isGrey(color: string): boolean {
  const [red, green, blue] = [color.slice(1, 3), color.slice(3, 5), color.slice(5, 7)].map((part) =>
    part.toLowerCase(),
  );
  return red === green && green === blue;
}
