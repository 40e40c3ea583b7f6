import type { Compared } from './comparison.ts';
import { MEASURES } from './judgement.ts';

const HEAD = ['', 'CPU s', 'CPU', 'kbit/s', 'NMR', 'NMR p95', 'LSD', 'loss: NMR', 'p95', 'LSD', 'worst sound, NMR'];

/** Returns the variants as lines of text. Differences and losses are relative to the first one. */
export function comparisonTable(compared: readonly Compared[]): string {
  const [reference] = compared;
  const rows = compared.map(({ variant, cpuSeconds, judgement, loss, worst }) => [
    variant.name,
    cpuSeconds.toFixed(2),
    (cpuSeconds / (reference?.cpuSeconds ?? Number.NaN)).toFixed(2),
    (judgement.bitrate / 1_000).toFixed(1),
    ...MEASURES.map((measure) => signed(judgement[measure] - (reference?.judgement[measure] ?? Number.NaN), ' dB')),
    ...MEASURES.map((measure) => signed(100 * loss[measure], ' %', 1)),
    `${signed(worst.change, ' dB')} ${worst.name}`,
  ]);
  const widths = HEAD.map((_, column) => Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? 0)));
  return [HEAD, ...rows]
    .map((row) => row.map((cell, column) => pad(cell, column, widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function pad(cell: string, column: number, width: number): string {
  return column === 0 || column === HEAD.length - 1 ? cell.padEnd(width) : cell.padStart(width);
}

function signed(value: number, unit: string, digits = 2): string {
  return `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(digits)}${unit}`;
}
