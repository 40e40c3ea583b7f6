/** A listener in real time: when each second is due, and whether it was available. */
export type PlaybackClock = {
  /** Adds available samples. */
  arrived(samples: number, atMs: number): void;
  /** Seconds of audio that are available and not played yet. */
  aheadSeconds(atMs: number): number;
  report(atMs: number): Playback;
};

export type Playback = {
  /** Returns the due seconds so far, and the late ones among them. */
  readonly dueSeconds: number;
  readonly lateSeconds: readonly number[];
};

export type PlaybackClockOptions = { readonly sampleRate: number; readonly bufferSeconds: number };

/**
 * Playing begins when `bufferSeconds` of audio are available, and never stops: second n is due n seconds later, and is
 * late when any of its samples was not available in time. Late audio does not shift the times of the rest.
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
