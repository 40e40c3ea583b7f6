import { GROWTH_COUNTS, type GrowthPart, growthLabel } from './growth.ts';
import type { Result } from './results.ts';
import { coordinate, element, picture, text } from './svg.ts';
import { digits } from './table.ts';

type Panel = { readonly title: string; readonly unit: string; readonly parts: readonly [GrowthPart, GrowthPart] };

const PANELS: readonly Panel[] = [
  { title: 'CPU of each stream', unit: '% of a core', parts: ['ffmpeg CPU', 'host CPU'] },
  { title: 'memory of each stream (PSS)', unit: 'MB', parts: ['ffmpeg memory', 'host memory'] },
];

const WIDTH = 900;
const PANEL = WIDTH / PANELS.length;
const LEFT = 90;
const SCALE = 230;
const TOP = 70;
const ROW = 30;
const BAR = 18;

/** Returns an SVG of the cost of each live stream, for its ffmpeg and for the host. */
export function growthPlot({ figures }: Pick<Result, 'figures'>): string {
  const figureOf = (part: GrowthPart, count: number): number =>
    Math.max(0, figures.find(({ label }) => label === growthLabel(part, count))?.ours.value ?? 0);

  const panels = PANELS.flatMap(({ title, unit, parts }, index) => {
    const left = index * PANEL;
    const rows = GROWTH_COUNTS.map((count) => ({ count, values: parts.map((part) => figureOf(part, count)) }));
    const most = Math.max(...rows.map(({ values }) => sum(values)));
    return [
      text(left, 18, title),
      element('rect', { class: 'bar', x: left, y: 32, width: 12, height: 12 }),
      text(left + 18, 43, 'its ffmpeg', 'quiet'),
      element('rect', { class: 'other', x: left + 100, y: 32, width: 12, height: 12 }),
      text(left + 118, 43, 'the host', 'quiet'),
      ...rows.flatMap(({ count, values: [ffmpeg = 0, host = 0] }, row) => {
        const y = TOP + row * ROW;
        const [first, second] = [ffmpeg, host].map((value) => coordinate((value / (most || 1)) * SCALE)) as [
          number,
          number,
        ];
        return [
          text(left + LEFT - 10, y + BAR - 4, `${count} stream${count === 1 ? '' : 's'}`, 'end'),
          element('rect', { class: 'bar', x: left + LEFT, y, width: first, height: BAR }),
          element('rect', { class: 'other', x: coordinate(left + LEFT + first), y, width: second, height: BAR }),
          text(coordinate(left + LEFT + first + second + 8), y + BAR - 4, `${digits(ffmpeg + host)} ${unit}`, 'quiet'),
        ];
      }),
    ];
  });
  const height = TOP + GROWTH_COUNTS.length * ROW + 6;
  return picture({ width: WIDTH, height, title: 'Cost of each of 1, 10, 50 and 100 live streams' }, panels);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
