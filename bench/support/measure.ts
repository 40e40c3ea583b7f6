import type { Bench } from './bench.ts';
import { figureOf } from './figure.ts';
import type { Machine } from './machine.ts';
import type { Result } from './results.ts';
import type { Row, Samples } from './row.ts';

/** Measures a row. Throws what went wrong; a figure that is missing is an Error too. */
export async function measureRow(row: Row, { bench, machine }: { bench: Bench; machine: Machine }): Promise<Result> {
  const { samples, notes = [] } = await row.measure(bench);
  const figures = Object.entries(row.lines).map(([label, line]) => {
    const measured: Samples | undefined = samples[label];
    if (measured === undefined || measured.ours.length === 0) throw new Error(`${row.name} has no ${label}`);
    return figureOf(label, line, measured);
  });
  const { name, title, specification } = row;
  return { row: name, title, specification, measuredAt: new Date().toISOString(), machine, figures, notes };
}
