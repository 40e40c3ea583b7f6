/** What an attempt does, in the unit in which it is counted: bytes, work units of encoding, bytes. */
const WORK_KINDS = ['fetching', 'encoding', 'uploading'] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

export function isWork(phase: string): phase is WorkKind {
  return (WORK_KINDS as readonly string[]).includes(phase);
}

export type Estimate = {
  /** Percent with one decimal, at most 99.9; null before anything is known. Never decreases. */
  readonly progress: number | null;
  readonly etaSeconds: number | null;
  /** Seconds of the result per second, while it is encoded. */
  readonly speed: number | null;
};

export type Estimator = {
  /** More, or less, is to be done than was known. */
  expect(kind: WorkKind, amount: number): void;
  did(kind: WorkKind, amount: number): void;
  /** The length of the result, once it is planned. */
  plan(seconds: number): void;
  estimate(): Estimate;
};

export type EstimatorOptions = {
  /** Progress of earlier attempts, percent. */
  readonly floor: number | null;
  /** Returns the time, ms. */
  readonly now: () => number;
};

type Work = { total: number; done: number; since: number | undefined; until: number };

/** Amounts per second until they are measured. */
const USUAL_RATES: Readonly<Record<WorkKind, number>> = { fetching: 20e6, encoding: 100, uploading: 50e6 };
/** Time after which a measured rate is used, ms. */
const MEASURED_AFTER_MS = 1_000;
/** Estimate of the encoding while there is no plan: a multiple of the fetching time, and some seconds. */
const UNPLANNED = { timesFetching: 2, moreSeconds: 5 } as const;
const MOST = 99.9;

/**
 * Estimates the progress of an attempt from what is done and what is to be done, each as the time that it takes at its
 * measured rate.
 */
export function createEstimator({ floor, now }: EstimatorOptions): Estimator {
  const works: Readonly<Record<WorkKind, Work>> = { fetching: fresh(), encoding: fresh(), uploading: fresh() };
  let highest = floor;
  let length: number | undefined;

  function rateOf(kind: WorkKind): { rate: number; measured: boolean } {
    const { done, since, until } = works[kind];
    const ms = since === undefined ? 0 : until - since;
    const measured = done > 0 && ms >= MEASURED_AFTER_MS;
    return { rate: measured ? (done / ms) * 1_000 : USUAL_RATES[kind], measured };
  }

  function secondsOf(kind: WorkKind): { done: number; total: number } {
    const { done, total } = works[kind];
    const { rate } = rateOf(kind);
    return { done: Math.min(done, total) / rate, total: total / rate };
  }

  function remaining(): { done: number; total: number } {
    const fetching = secondsOf('fetching');
    const encoding = secondsOf('encoding');
    const uploading = secondsOf('uploading');
    const unplanned = length === undefined ? fetching.total * UNPLANNED.timesFetching + UNPLANNED.moreSeconds : 0;
    const unsent = works.uploading.total === 0 ? works.fetching.total / USUAL_RATES.uploading : 0;
    return {
      done: fetching.done + encoding.done + uploading.done,
      total: fetching.total + encoding.total + uploading.total + unplanned + unsent,
    };
  }

  return {
    expect(kind, amount) {
      works[kind].total += amount;
    },
    did(kind, amount) {
      const work = works[kind];
      work.since ??= now();
      work.until = now();
      work.done += amount;
    },
    plan(seconds) {
      length = seconds;
    },
    estimate() {
      const { done, total } = remaining();
      if (done > 0 && total > 0)
        highest = Math.max(highest ?? 0, Math.min(MOST, Math.floor((done / total) * 1_000) / 10));
      const { measured, rate } = rateOf('encoding');
      const { total: units, done: encoded } = works.encoding;
      const isEncoding = measured && encoded < units;
      return {
        progress: highest,
        etaSeconds: measured || works.uploading.done > 0 ? Math.max(0, Math.round(total - done)) : null,
        speed: isEncoding && length !== undefined ? Math.round(((length * rate) / units) * 100) / 100 : null,
      };
    },
  };
}

function fresh(): Work {
  return { total: 0, done: 0, since: undefined, until: 0 };
}
