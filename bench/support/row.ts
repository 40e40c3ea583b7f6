import type { Bench } from './bench.ts';

/** Which of a line's samples is held against its target and printed. */
export type Statistic = 'p50' | 'p99' | 'largest' | 'least';

/** What is wanted of the ratio to the baseline, of the lower end of the ratio's range, or of our own figure. */
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

/** What was measured for a line; the samples of the other sides stand in the order of ours, each of the same round. */
export type Samples = {
  readonly baseline?: readonly number[];
  /** Of the service of an earlier commit, where less is better. */
  readonly earlier?: readonly number[];
  readonly ours: readonly number[];
};

export type Measurement<Label extends string = string> = {
  readonly samples: Readonly<Record<Label, Samples>>;
  /** What else is worth knowing, a sentence each. */
  readonly notes?: readonly string[];
};

/** One promise, and how it is measured. */
export type Row = {
  readonly name: string;
  /** What is measured, in a few words. */
  readonly title: string;
  /** What the specification asks; a dash when nothing. */
  readonly specification: string;
  /** How often it is measured, when nobody says otherwise. */
  readonly rounds: number;
  /** Not in the table, unless it is asked for. */
  readonly isExtra?: true;
  /** The service of an earlier commit is measured too, in the same rounds. */
  readonly comparesCommits?: true;
  readonly lines: Readonly<Record<string, Line>>;
  measure(bench: Bench): Promise<Measurement>;
};

/** A row whose measurement has exactly the lines that it names. */
export function defineRow<Label extends string>(
  row: Omit<Row, 'lines' | 'measure'> & {
    readonly lines: Readonly<Record<Label, Line>>;
    measure(bench: Bench): Promise<Measurement<Label>>;
  },
): Row {
  return row;
}
