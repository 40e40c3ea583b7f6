import type { Line, Samples, Target } from './row.ts';
import { ratioOf, type Spread, spreadOf } from './statistics.ts';

/** A line with its measured values, as printed and stored. */
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
    ...(target === undefined ? {} : { isMet: meets(target, measured) }),
  };
}

/**
 * Worse than the earlier commit only when nearly all rounds are: the whole range of the ratio is above 1, as printed in
 * the table with three digits.
 */
const NO_WORSE: Target = { of: 'lower end', relation: '≤', value: 1.005 };

/** Compares ours with an earlier commit. Returns nothing where that was not measured. */
export function comparisonOf(
  label: string,
  { line, samples, commit }: { line: Line; samples: Samples; commit: string },
): Figure[] {
  const { earlier, ours } = samples;
  if (earlier === undefined) return [];
  const compared: Line = { unit: line.unit, at: 'p50', target: NO_WORSE };
  return [figureOf(`${label}, against ${commit}`, compared, { baseline: earlier, ours })];
}

/** A value that could not be measured meets no target. */
function meets({ of, relation, value }: Target, { ours, ratio }: Pick<Figure, 'ours' | 'ratio'>): boolean {
  const found = { ours: ours.value, ratio: ratio?.value, 'lower end': ratio?.p10 }[of];
  if (found === undefined) return false;
  return relation === '≤' ? found <= value : found >= value;
}
