/** Numbers of live streams, with everything adjustable. */
export const GROWTH_COUNTS = [1, 10, 50, 100] as const;
/** The measured costs of each stream. */
export const GROWTH_PARTS = ['host CPU', 'ffmpeg CPU', 'host memory', 'ffmpeg memory'] as const;
export type GrowthPart = (typeof GROWTH_PARTS)[number];

export function growthLabel(part: GrowthPart, count: number): string {
  return `${part}, ${count}`;
}
