/** Which second of the source each sample of the output comes from, through changes of speed. */
export type SourceMap = {
  /** From this sample on the speed is another; samples only go forward. */
  changeSpeed(sample: number, speed: number): void;
  /** What was to change from here on has not: another encoder goes on at this speed. */
  restart(sample: number, speed: number): void;
  /** Seconds into the source. */
  at(sample: number): number;
};

export type SourceMapOptions = { readonly startAt: number; readonly speed: number; readonly sampleRate: number };

export function createSourceMap({ startAt, speed, sampleRate }: SourceMapOptions): SourceMap {
  const stretches = [{ sample: 0, source: startAt, speed }];

  function at(sample: number): number {
    const stretch = stretches.findLast((candidate) => candidate.sample <= sample) ?? stretches[0];
    if (stretch === undefined) return startAt;
    return stretch.source + ((sample - stretch.sample) / sampleRate) * stretch.speed;
  }

  function changeSpeed(sample: number, next: number): void {
    const from = Math.max(sample, stretches.at(-1)?.sample ?? 0);
    stretches.push({ sample: from, source: at(from), speed: next });
  }

  return {
    changeSpeed,
    restart(sample, next) {
      while (stretches.length > 1 && (stretches.at(-1)?.sample ?? 0) > sample) stretches.pop();
      changeSpeed(sample, next);
    },
    at,
  };
}
