/** The speeds at which this process has encoded, megapixels per second, by the kind of the work. */
export type Speeds = {
  /** Returns the last measured speed of a kind of work; before it is measured, one that no job exceeds. */
  of(kind: string): number;
  measured(kind: string, megapixelsPerSecond: number): void;
};

/** More than six processors encode, but for still pictures: a job is not refused for what was not measured. */
const FASTEST = 1_000;
/** Films of one kind differ: what moves takes longer. A plan is refused only when it would not fit at this multiple. */
const SPREAD = 2;

export function createSpeeds(): Speeds {
  const known = new Map<string, number>();
  return {
    of: (kind) => (known.get(kind) ?? FASTEST / SPREAD) * SPREAD,
    measured: (kind, speed) => void known.set(kind, speed),
  };
}
