import type { Rig, Service } from './rig.ts';
import type { Samples } from './row.ts';

export type Sides<Value, Old = Value> = {
  /** Each measures once. */
  readonly baseline: () => Promise<Old>;
  readonly earlier?: () => Promise<Value>;
  readonly ours: () => Promise<Value>;
  readonly rounds: number;
  /** Rounds before that are not counted: they warm caches on all sides. */
  readonly warmUp?: number;
};

/** What was measured in each round; `earlier` only if that side was measured. */
export type Turns<Value, Old = Value> = {
  readonly baseline: Old[];
  readonly earlier?: Value[];
  readonly ours: Value[];
};

/**
 * Measures the baseline, the earlier commit and ours in turn, so that what disturbs the machine disturbs all. Of the two
 * services each comes first in every other round: the second finds the ffmpeg, which is the same, in the processor's caches.
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

/** The sides of `inTurn` that are services, each measured in the same way. */
export function eachService<Value>(
  rig: Rig,
  measure: (service: Service) => Promise<Value>,
): Pick<Sides<Value>, 'earlier' | 'ours'> {
  const { earlier } = rig;
  return { ours: () => measure(rig), ...(earlier && { earlier: () => measure(earlier) }) };
}

/** One figure of what was measured of the services. */
export function ofServices<Value>(
  { ours, earlier }: Pick<Turns<Value>, 'earlier' | 'ours'>,
  pick: (value: Value) => number,
): Samples {
  return { ours: ours.map(pick), ...(earlier && { earlier: earlier.map(pick) }) };
}
