import type { Bench } from './bench.ts';
import { comparisonOf, figureOf } from './figure.ts';
import type { Machine } from './machine.ts';
import type { Result } from './results.ts';
import type { Row, Samples } from './row.ts';

/** Measures a row. Throws the failure of a measurement, and an Error for a missing figure. */
export async function measureRow(row: Row, { bench, machine }: { bench: Bench; machine: Machine }): Promise<Result> {
  const { earlier, ...alone } = bench;
  const { samples, notes = [] } = await row.measure(row.comparesCommits ? bench : alone);
  const lines = Object.entries(row.lines).map(([label, line]) => {
    const measured: Samples | undefined = samples[label];
    if (measured === undefined || measured.ours.length === 0) throw new Error(`${row.name} has no ${label}`);
    return { label, line, samples: measured };
  });
  const commit = earlier?.commit ?? 'an earlier commit';
  const figures = [
    ...lines.map(({ label, line, samples: measured }) => figureOf(label, line, measured)),
    ...lines.flatMap(({ label, ...measured }) => comparisonOf(label, { ...measured, commit })),
  ];
  const { name, title, specification } = row;
  return { row: name, title, specification, measuredAt: new Date().toISOString(), machine, figures, notes };
}
