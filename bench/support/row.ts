import type { Bench } from './bench.ts';

/** The statistic of a line's samples that is compared with its target and printed. */
export type Statistic = 'p50' | 'p99' | 'largest' | 'least';

/** The target for the ratio to the baseline, for the lower end of the ratio's range, or for our own figure. */
export type Target = {
  readonly of: 'ratio' | 'lower end' | 'ours';
  readonly relation: '≤' | '≥';
  readonly value: number;
};

/** One line of the table. */
export type Line = {
  readonly unit: 'ms' | 's' | 'MB' | '%' | 'dB' | 'streams' | 'requests/s';
  readonly at: Statistic;
  readonly target?: Target;
};

/** The samples of a line. All sides have the same order, one sample per round. */
export type Samples = {
  readonly baseline?: readonly number[];
  /** Samples of the service of an earlier commit, where less is better. */
  readonly earlier?: readonly number[];
  readonly ours: readonly number[];
};

export type Measurement<Label extends string = string> = {
  readonly samples: Readonly<Record<Label, Samples>>;
  /** Additional remarks, one sentence each. */
  readonly notes?: readonly string[];
};

/** One promise and its measurement. */
export type Row = {
  readonly name: string;
  /** A short description of the measurement. */
  readonly title: string;
  /** The requirement of the specification; a dash without one. */
  readonly specification: string;
  /** Default number of rounds. */
  readonly rounds: number;
  /** Measured only on request. */
  readonly isExtra?: true;
  /** Also measures the service of an earlier commit, in the same rounds. */
  readonly comparesCommits?: true;
  readonly lines: Readonly<Record<string, Line>>;
  measure(bench: Bench): Promise<Measurement>;
};

/** Defines a row whose measurement has exactly its declared lines. */
export function defineRow<Label extends string>(
  row: Omit<Row, 'lines' | 'measure'> & {
    readonly lines: Readonly<Record<Label, Line>>;
    measure(bench: Bench): Promise<Measurement<Label>>;
  },
): Row {
  return row;
}
