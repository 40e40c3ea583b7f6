/** Who listens in real time: when each second is due, and whether it was there. */
export type PlaybackClock = {
  /** So many more samples are there. */
  arrived(samples: number, atMs: number): void;
  /** Seconds of audio that are there and not played yet. */
  aheadSeconds(atMs: number): number;
  report(atMs: number): Playback;
};

export type Playback = {
  /** Seconds that were due until now, and those of them that were late. */
  readonly dueSeconds: number;
  readonly lateSeconds: readonly number[];
};

export type PlaybackClockOptions = { readonly sampleRate: number; readonly bufferSeconds: number };

/**
 * Playing begins when `bufferSeconds` of audio are there, and never stops: second n is due n seconds later, and late
 * when any sample of it was not there when it was to be played. What is late is not played later: the rest stays due
 * when it was.
 */
export function createPlaybackClock({ sampleRate, bufferSeconds }: PlaybackClockOptions): PlaybackClock {
  let given = 0;
  let beganAt: number | undefined;
  const late = new Set<number>();

  const played = (atMs: number): number => (beganAt === undefined ? 0 : ((atMs - beganAt) / 1_000) * sampleRate);

  function markLate(from: number, to: number): void {
    for (let second = Math.floor(from / sampleRate); second * sampleRate < to; second += 1) late.add(second);
  }

  return {
    arrived(samples, atMs) {
      markLate(given, Math.min(given + samples, played(atMs)));
      given += samples;
      if (given >= bufferSeconds * sampleRate) beganAt ??= atMs;
    },
    aheadSeconds: (atMs) => (given - played(atMs)) / sampleRate,
    report(atMs) {
      const dueSeconds = Math.floor(played(atMs) / sampleRate);
      const missing = new Set(late);
      for (let second = Math.floor(given / sampleRate); second < dueSeconds; second += 1) missing.add(second);
      return {
        dueSeconds,
        lateSeconds: [...missing].filter((second) => second < dueSeconds).toSorted((a, b) => a - b),
      };
    },
  };
}
