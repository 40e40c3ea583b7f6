import type { Line, Samples, Target } from './row.ts';
import { ratioOf, type Spread, spreadOf } from './statistics.ts';

/** A line with what was measured for it, as it is printed and kept. */
export type Figure = Line & {
  readonly label: string;
  readonly repetitions: number;
  readonly baseline?: Spread;
  readonly ours: Spread;
  readonly ratio?: Spread;
  /** Absent where there is no target. */
  readonly isMet?: boolean;
};

export function figureOf(label: string, line: Line, { baseline, ours }: Samples): Figure {
  const measured = {
    ours: spreadOf(ours, line.at),
    ...(baseline === undefined
      ? {}
      : { baseline: spreadOf(baseline, line.at), ratio: ratioOf(baseline, ours, line.at) }),
  };
  const { target } = line;
  return {
    label,
    ...line,
    repetitions: ours.length,
    ...measured,
    ...(target === undefined ? {} : { isMet: meets(target, measured[target.of]) }),
  };
}

/** What could not be measured meets nothing. */
function meets({ relation, value }: Target, measured: Spread | undefined): boolean {
  if (measured === undefined) return false;
  return relation === '≤' ? measured.value <= value : measured.value >= value;
}
