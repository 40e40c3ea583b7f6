import type { Figure } from './figure.ts';
import type { Result } from './results.ts';
import { coordinate, element, picture, text } from './svg.ts';
import { digits, targetOf } from './table.ts';

/** The figures to draw, in the order of the table. A row without a result is left out. */
const DRAWN: readonly (readonly [row: string, label: string, caption: string])[] = [
  ['first-byte', 'opus', 'first byte, Opus'],
  ['first-byte', 'aac', 'first byte, AAC'],
  ['first-byte', 'pcm', 'first byte, PCM'],
  ['first-byte-busy', 'opus', 'first byte, 49 playing (p99)'],
  ['memory', 'service and ffmpegs', 'memory, 10 live'],
  ['cpu', 'opus', 'CPU, same settings'],
  ['cpu-standard', 'opus', 'CPU, as shipped'],
  ['sharing', 'opus', 'CPU, 10 listeners of one'],
  ['cache', 'opus', 'CPU, repeated request'],
  ['passthrough', 'opus', 'CPU, Opus passed through'],
  ['passthrough', 'aac', 'CPU, AAC passed through'],
  ['passthrough', 'pcm', 'CPU, PCM passed through'],
  ['fallback', 'killed or stopped', 'switch to the fallback (p99)'],
  ['filter-change', 'new samples', 'filter change (p99)'],
];

const LEFT = 210;
const WIDTH = 900;
const SCALE = 440;
const TOP = 64;
const ROW = 26;
const BAR = 14;
/** The smallest and largest ratio of the logarithmic scale. */
const LEAST = 0.005;
const MOST = 5;
const GRID = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Returns an SVG with a bar for each ratio to the old way, and a mark for its target. */
export function ratioPlot(results: readonly Result[]): string {
  const bars = DRAWN.flatMap(([row, label, caption]) => {
    const figure = results.find((result) => result.row === row)?.figures.find((each) => each.label === label);
    return figure?.ratio === undefined ? [] : [{ caption, figure, ratio: figure.ratio.value }];
  });
  const bottom = TOP + bars.length * ROW;
  const title = 'ffmpeg-functions compared with one ffmpeg subprocess per track';
  const parts = [
    text(0, 18, title),
    text(0, 38, 'less is better; logarithmic; the mark is the target', 'quiet'),
    ...GRID.flatMap((ratio) => [
      element('line', { class: 'grid', x1: at(ratio), x2: at(ratio), y1: TOP - 6, y2: bottom }),
      text(at(ratio), TOP - 10, `${ratio}×`, 'quiet middle'),
    ]),
    ...bars.flatMap((bar, index) => barOf(bar, TOP + index * ROW)),
    text(0, bottom + 26, provenance(results), 'quiet'),
  ];
  return picture({ width: WIDTH, height: bottom + 36, title }, parts);
}

/** Returns the position of a ratio; a ratio beyond the scale is at its end. */
function at(ratio: number): number {
  const share = Math.log(ratio / LEAST) / Math.log(MOST / LEAST);
  return coordinate(LEFT + Math.min(1, Math.max(0, share)) * SCALE);
}

function barOf({ caption, figure, ratio }: { caption: string; figure: Figure; ratio: number }, y: number): string[] {
  const middle = y + BAR / 2 + 5;
  const target = targetRatio(figure);
  const colour = figure.isMet === false ? 'missed' : 'bar';
  return [
    text(LEFT - 10, middle, caption, 'end'),
    element('rect', { class: colour, x: LEFT, y, width: coordinate(at(ratio) - LEFT), height: BAR, rx: 2 }),
    // A target beyond the scale would be drawn at a wrong position.
    ...(target === undefined || target > MOST
      ? []
      : [element('line', { class: 'target', x1: at(target), x2: at(target), y1: y - 4, y2: y + BAR + 4 })]),
    text(LEFT + SCALE + 12, middle, `${digits(ratio)}  (${wordsOf(figure)})`, 'quiet'),
  ];
}

/** Returns the target as a ratio, also for targets of our own figure. */
function targetRatio({ target, baseline }: Figure): number | undefined {
  if (target === undefined || baseline === undefined) return undefined;
  return target.of === 'ours' ? target.value / baseline.value : target.value;
}

function wordsOf(figure: Figure): string {
  const { baseline, ours, unit } = figure;
  const figures = `${baseline === undefined ? '' : `${digits(baseline.value)} → `}${digits(ours.value)} ${unit}`;
  return figure.target === undefined ? figures : `${figures}, ${targetOf(figure)}`;
}

/** Describes machine and date of the latest result. All results are expected to be from one machine. */
function provenance(results: readonly Result[]): string {
  const last = results.toSorted((a, b) => a.measuredAt.localeCompare(b.measuredAt)).at(-1);
  if (last === undefined) return 'no measurements';
  const { machine, measuredAt } = last;
  return `${machine.cpu}, ${machine.cores} cores; ${measuredAt.slice(0, 10)}; bench/results`;
}
