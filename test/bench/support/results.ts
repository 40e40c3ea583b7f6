import { figureOf } from '../../../bench/support/figure.ts';
import type { Result } from '../../../bench/support/results.ts';
import type { Line, Samples } from '../../../bench/support/row.ts';

/** A result like that of a run. */
export function resultOf(
  row: string,
  lines: Readonly<Record<string, readonly [Line, Samples]>>,
  notes: readonly string[] = [],
): Result {
  return {
    row,
    title: `what ${row} is`,
    specification: '< 200 ms',
    measuredAt: '2026-11-21T12:00:00.000Z',
    machine: {
      cpu: 'A & B <processor>',
      cores: 2,
      memoryGigabytes: 24.6,
      kernel: '6.1',
      load: 0.1,
      node: 'v24',
      ours: 'layer 5.1',
      distribution: '/usr/bin/ffmpeg 5.1',
      commit: 'abc',
    },
    figures: Object.entries(lines).map(([label, [line, samples]]) => figureOf(label, line, samples)),
    notes,
  };
}
