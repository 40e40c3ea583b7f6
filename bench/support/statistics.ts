import type { Statistic } from './row.ts';

/** Returns the value that a share (0–1) of the samples does not exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

const STATISTICS: Readonly<Record<Statistic, (samples: readonly number[]) => number>> = {
  p50: median,
  p99: (samples) => quantile(samples, 0.99),
  largest: (samples) => Math.max(...samples),
  least: (samples) => Math.min(...samples),
};

export function statisticOf(samples: readonly number[], statistic: Statistic): number {
  return STATISTICS[statistic](samples);
}

/** A value with the range that contains four fifths of the samples. */
export type Spread = { readonly value: number; readonly p10: number; readonly p90: number };

export function spreadOf(samples: readonly number[], statistic: Statistic): Spread {
  return { value: statisticOf(samples, statistic), p10: quantile(samples, 0.1), p90: quantile(samples, 0.9) };
}

/**
 * Returns the ratio of ours to the baseline. For the median, this is the median of the rounds' ratios, which a
 * temporary slowdown of the machine affects least. For other statistics it is the ratio of the two. The range is always
 * that of the rounds.
 */
export function ratioOf(baseline: readonly number[], ours: readonly number[], statistic: Statistic): Spread {
  const rounds = ours.flatMap((value, index) => {
    const other = baseline[index];
    return other === undefined ? [] : [value / other];
  });
  const spread = spreadOf(rounds, 'p50');
  return statistic === 'p50'
    ? spread
    : { ...spread, value: statisticOf(ours, statistic) / statisticOf(baseline, statistic) };
}
