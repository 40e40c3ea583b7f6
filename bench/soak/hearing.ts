import type { PlannedItem } from './playlist-plan.ts';
import { checkPositions, type SpeedChange } from './position-check.ts';
import { createSampleCheck } from './sample-check.ts';
import { FRAME_BYTES } from './sound-format.ts';
import { createSweepReader, type Observation, withoutOutliers } from './sweep-reader.ts';

/** Checks the audio of a channel as it arrives. */
export type Hearing = {
  push(chunk: Buffer): void;
  /** Ends the check. The last track may be incomplete. */
  end(): void;
  /** Number of tracks that were checked to their end. */
  tracks(): number;
};

export type HearingOptions = {
  /** Returns the next expected item. */
  readonly nextItem: () => PlannedItem;
  readonly onDeviation: (words: string) => void;
};

/** Checks a channel without adjustments: every sample must be that of the reference, by track names. */
export function hearSamples(
  references: ReadonlyMap<string, Buffer>,
  { nextItem, onDeviation }: HearingOptions,
): Hearing {
  return createSampleCheck({
    next() {
      const { path, track } = nextItem();
      return { name: path, pcm: references.get(track) ?? Buffer.alloc(0) };
    },
    onDeviation: ({ track, atSample, what }) => onDeviation(`${track} at sample ${atSample}: ${what}`),
  });
}

export type SweepHearingOptions = HearingOptions & {
  /** Lengths by track names. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Changes of the whole stream so far, in order. */
  readonly changes: () => readonly SpeedChange[];
};

/** A new track has begun when the position drops to near the beginning, s. */
const FALL_SECONDS = 3;
const BEGINNING_SECONDS = 1.5;

/** Checks an adjusted channel: the position in the source must follow the speed, track after track. */
export function hearSweeps({ nextItem, onDeviation, seconds, changes }: SweepHearingOptions): Hearing {
  const reader = createSweepReader();
  let observations: Observation[] = [];
  let tracks = 0;

  function check(isWhole: boolean): void {
    const [first] = observations;
    if (first === undefined) return;
    const { path, track } = nextItem();
    const all = changes();
    const earlier = all.filter(({ to }) => to < first.sample);
    const found = checkPositions({
      observations: withoutOutliers(observations),
      changes: all.slice(earlier.length),
      speedAtFirst: earlier.at(-1)?.after ?? 1,
      duration: seconds[track] ?? 0,
      isWhole,
    });
    for (const what of found) onDeviation(`${path}: ${what}`);
    observations = [];
    if (isWhole) tracks += 1;
  }

  return {
    tracks: () => tracks,
    push(chunk) {
      for (const observation of reader.push(chunk)) {
        const before = observations.at(-1)?.position ?? 0;
        const { position } = observation;
        if (position < BEGINNING_SECONDS && position < before - FALL_SECONDS) check(true);
        observations.push(observation);
      }
    },
    end: () => check(false),
  };
}

/** Converts bytes to samples. */
export function samplesOf(bytes: number): number {
  return bytes / FRAME_BYTES;
}
