import type { Rig, Service } from './rig.ts';
import type { Samples } from './row.ts';

export type Sides<Value, Old = Value> = {
  /** Each measures once. */
  readonly baseline: () => Promise<Old>;
  readonly earlier?: () => Promise<Value>;
  readonly ours: () => Promise<Value>;
  readonly rounds: number;
  /** Rounds before the measurement, which warm caches on all sides. */
  readonly warmUp?: number;
};

/** The values of each round; `earlier` only if that side was measured. */
export type Turns<Value, Old = Value> = {
  readonly baseline: Old[];
  readonly earlier?: Value[];
  readonly ours: Value[];
};

/**
 * Measures the baseline, the earlier commit and ours in turn, so that disturbances of the machine affect all sides. The
 * two services alternate in order, because the second one finds their common ffmpeg in the processor's caches.
 */
export async function inTurn<Value, Old = Value>({
  baseline,
  earlier,
  ours,
  rounds,
  warmUp = 0,
}: Sides<Value, Old>): Promise<Turns<Value, Old>> {
  const old: Old[] = [];
  const own: Value[] = [];
  const before: Value[] = [];
  const services = [...(earlier ? [{ measure: earlier, values: before }] : []), { measure: ours, values: own }];
  for (let round = -warmUp; round < rounds; round += 1) {
    const isCounted = round >= 0;
    const value = await baseline();
    if (isCounted) old.push(value);
    for (const { measure, values } of round % 2 === 0 ? services : services.toReversed()) {
      const measured = await measure();
      if (isCounted) values.push(measured);
    }
  }
  return { baseline: old, ours: own, ...(earlier && { earlier: before }) };
}

/** Returns the service sides for `inTurn`, all measured in the same way. */
export function eachService<Value>(
  rig: Rig,
  measure: (service: Service) => Promise<Value>,
): Pick<Sides<Value>, 'earlier' | 'ours'> {
  const { earlier } = rig;
  return { ours: () => measure(rig), ...(earlier && { earlier: () => measure(earlier) }) };
}

/** Extracts one figure from the values of the services. */
export function ofServices<Value>(
  { ours, earlier }: Pick<Turns<Value>, 'earlier' | 'ours'>,
  pick: (value: Value) => number,
): Samples {
  return { ours: ours.map(pick), ...(earlier && { earlier: earlier.map(pick) }) };
}
