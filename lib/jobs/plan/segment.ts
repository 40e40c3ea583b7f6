import type { MediaFacts, PictureFacts, SoundFacts } from '#lib/jobs/media/facts.ts';
import type { TransitionType } from '#lib/jobs/spec/vocabulary.ts';
import type { InputPlace } from './input-range.ts';

/** A part of an input on the timeline, in exact seconds. */
export type Segment = {
  readonly place: InputPlace;
  readonly facts: MediaFacts;
  readonly picture: PictureFacts | undefined;
  readonly sound: SoundFacts | undefined;
  readonly isStill: boolean;
  readonly from: number;
  readonly to: number;
  /** Null when the segment is shown alone. */
  readonly transition: SegmentTransition | null;
};

/** What a segment changes to during its time. */
export type SegmentTransition = {
  readonly type: TransitionType;
  readonly after: Segment;
  /** What is left out of the transition before the segment, and the length of the whole, seconds. */
  readonly skipped: number;
  readonly seconds: number;
};
