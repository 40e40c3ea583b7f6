import type { Figure } from './figure.ts';
import type { Result } from './results.ts';

const COLUMNS = ['row', '', 'n', 'specification', 'baseline', 'ours', 'ratio (p10–p90)', 'target', ''] as const;
/** Columns of numbers, which are right-aligned. */
const RIGHT: readonly number[] = [2, 4, 5];

/** Returns the results as a table with a line for each figure and notes below each row. `n` is the repetitions. */
export function tableOf(results: readonly Result[]): string {
  const body = results.map(({ row, specification, figures, notes }) => ({
    notes,
    cells: figures.map((figure, index) => cellsOf(figure, index === 0 ? [row, specification] : ['', ''])),
  }));
  const all = [[...COLUMNS], ...body.flatMap(({ cells }) => cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        RIGHT.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [
    line(COLUMNS),
    ...body.flatMap(({ cells, notes }) => [...cells.map(line), ...notes.map((note) => `  ${note}`)]),
  ].join('\n');
}

function cellsOf(figure: Figure, [row, specification]: readonly [string, string]): string[] {
  const { label, unit, at, baseline, ours, ratio } = figure;
  const quantity = (value: number): string => `${digits(value)} ${unit}`;
  return [
    row,
    at === 'p50' ? label : `${label}, ${at}`,
    String(figure.repetitions),
    specification,
    baseline === undefined ? '–' : quantity(baseline.value),
    quantity(ours.value),
    ratio === undefined ? '–' : `${digits(ratio.value)} (${digits(ratio.p10)}–${digits(ratio.p90)})`,
    targetOf(figure),
    figure.isMet === undefined ? '' : figure.isMet ? 'met' : 'MISSED',
  ];
}

/** Returns the target as text. A bare number is a ratio. */
export function targetOf({ target, unit }: Pick<Figure, 'target' | 'unit'>): string {
  if (target === undefined) return '';
  if (target.of === 'lower end') return 'no worse';
  return `${target.relation} ${target.value}${target.of === 'ours' ? ` ${unit}` : ''}`;
}

/** Formats a number with three significant digits and no exponent. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (value === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 4));
}
