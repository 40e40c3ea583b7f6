/** Numbers of live streams, everything adjustable. */
export const GROWTH_COUNTS = [1, 10, 50, 100] as const;
/** What each of them takes, of the host and of its ffmpegs. */
export const GROWTH_PARTS = ['host CPU', 'ffmpeg CPU', 'host memory', 'ffmpeg memory'] as const;
export type GrowthPart = (typeof GROWTH_PARTS)[number];

export function growthLabel(part: GrowthPart, count: number): string {
  return `${part}, ${count}`;
}
