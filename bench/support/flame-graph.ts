import type { Frame, FrameKind } from './flame-tree.ts';
import { coordinate, element, escapeText, picture, text } from './svg.ts';

const WIDTH = 1_000;
const TOP = 40;
const ROW = 17;
/** The gap between phases. */
const GAP = 6;
/** Narrower frames are left out, because they have no room for text. */
const LEAST_WIDTH = 1.5;
const CHARACTER = 6.1;
const PADDING = 3;
const LEAST_CHARACTERS = 3;

const LEGEND: Readonly<Record<Exclude<FrameKind, 'phase'>, string>> = {
  ours: 'this repository',
  package: 'packages',
  node: 'node: (JavaScript of Node)',
  engine: 'V8, C++ of Node and system calls',
};
const LEGEND_STEP = 230;

/** The frames have their own background, so their text is dark in every mode. */
const STYLE = `
.frame { stroke: #ffffff; stroke-opacity: 0.6; stroke-width: 0.5; }
.phase { fill: #d0d7de; }
.ours { fill: #6cb6ff; }
.package { fill: #d2a8ff; }
.node { fill: #8ddb8c; }
.engine { fill: #f0b72f; }
text.name { font: 10px ui-monospace, monospace; fill: #1f2328; }
g.call:hover .frame { stroke: #1f2328; stroke-opacity: 1; stroke-width: 1; }
`;

/** Returns an SVG with the phases side by side, each as wide as its time. Callees are below, the longest first. */
export function flameGraph(phases: readonly Frame[], title: string): string {
  const whole = phases.reduce((sum, { total }) => sum + total, 0);
  const scale = (WIDTH - GAP * (phases.length - 1)) / (whole || 1);
  let x = 0;
  const drawn = phases.map((phase) => {
    const left = x;
    x += phase.total * scale + GAP;
    return drawFrame(phase, { x: left, y: TOP, scale, of: phase.total });
  });
  const height = TOP + ROW * Math.max(0, ...drawn.map(({ rows }) => rows)) + 1;
  const legend = Object.entries(LEGEND).flatMap(([kind, label], index) => [
    element('rect', { class: kind, x: index * LEGEND_STEP, y: 8, width: 12, height: 12 }),
    text(index * LEGEND_STEP + 18, 19, label, 'quiet'),
  ]);
  const parts = [element('style', {}, STYLE), ...legend, ...drawn.flatMap(({ parts }) => parts)];
  return picture({ width: WIDTH, height, title }, parts);
}

type Place = { readonly x: number; readonly y: number; readonly scale: number; readonly of: number };
type Drawn = { readonly parts: readonly string[]; readonly rows: number };

function drawFrame(frame: Frame, { x, y, scale, of }: Place): Drawn {
  const width = frame.total * scale;
  if (!(width >= LEAST_WIDTH)) return { parts: [], rows: 0 };
  let left = x;
  const below = [...frame.children.values()]
    .sort((a, b) => b.total - a.total)
    .map((child) => {
      const drawn = drawFrame(child, { x: left, y: y + ROW, scale, of });
      left += child.total * scale;
      return drawn;
    });
  const own = element('g', { class: 'call' }, ...ownParts(frame, { x, y, width, of }));
  return {
    parts: [own, ...below.flatMap(({ parts }) => parts)],
    rows: 1 + Math.max(0, ...below.map(({ rows }) => rows)),
  };
}

function ownParts(frame: Frame, at: { x: number; y: number; width: number; of: number }): string[] {
  const { name, place, kind, total } = frame;
  const label = kind === 'phase' ? `${name}: ${milliseconds(total)}` : name;
  const share = kind === 'phase' ? '' : `, ${((100 * total) / (at.of || 1)).toFixed(1)} %`;
  const words = `${[name, place].filter((part) => part !== '').join('  ')}: ${milliseconds(total)}${share}`;
  const rect = { x: coordinate(at.x), y: at.y, width: coordinate(at.width), height: ROW - 1 };
  const room = Math.floor((at.width - 2 * PADDING) / CHARACTER);
  return [
    // Shown while the pointer is over the frame.
    element('title', {}, escapeText(words)),
    element('rect', { class: `frame ${kind}`, ...rect }),
    ...(room < LEAST_CHARACTERS ? [] : [text(coordinate(at.x + PADDING), at.y + ROW - 5, cut(label, room), 'name')]),
  ];
}

function cut(label: string, characters: number): string {
  return label.length <= characters ? label : `${label.slice(0, characters - 1)}…`;
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(microseconds < 100_000 ? 1 : 0)} ms`;
}
