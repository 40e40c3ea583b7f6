import type { Random } from './random.ts';

/** The kinds of faults with their relative frequency and, for lasting ones, their duration (s). */
const FAULTS = {
  kill_host: { weight: 5 },
  kill_ffmpeg: { weight: 12 },
  kill_postgres: { weight: 4 },
  freeze_host: { weight: 5, seconds: [0.5, 6] },
  freeze_ffmpeg: { weight: 8, seconds: [0.5, 8] },
  freeze_postgres: { weight: 4, seconds: [0.5, 10] },
  full_disk: { weight: 4, seconds: [2, 8] },
  source_stall: { weight: 6 },
  source_reset: { weight: 6 },
  source_500: { weight: 6 },
  source_truncate: { weight: 6 },
} as const satisfies Record<string, { weight: number; seconds?: readonly [number, number] }>;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

export type SourceFaultKind = Extract<FaultKind, `source_${string}`>;

export type Fault = {
  readonly kind: FaultKind;
  /** Pause before the fault, ms. */
  readonly afterMs: number;
  /** Duration, ms; 0 for an instant fault. */
  readonly lastsMs: number;
  /** 0–1: selects one of several targets, or the position in a source. */
  readonly place: number;
};

const PAUSE_MS = [1_000, 4_000] as const;

/** Returns an endless sequence of faults; an empty one without kinds. */
export function* planFaults(random: Random, kinds: readonly FaultKind[] = FAULT_KINDS): Generator<Fault, void> {
  if (kinds.length === 0) return;
  const total = kinds.reduce((sum, kind) => sum + FAULTS[kind].weight, 0);
  for (;;) {
    const kind = weighted(kinds, random.next() * total);
    const fault: { readonly weight: number; readonly seconds?: readonly [number, number] } = FAULTS[kind];
    yield {
      kind,
      afterMs: random.between(...PAUSE_MS),
      lastsMs: random.between(...(fault.seconds ?? [0, 0])) * 1_000,
      place: random.next(),
    };
  }
}

/** Returns the kind at this cumulative weight. */
function weighted(kinds: readonly FaultKind[], weight: number): FaultKind {
  let left = weight;
  for (const kind of kinds) {
    left -= FAULTS[kind].weight;
    if (left < 0) return kind;
  }
  return 'kill_ffmpeg';
}
