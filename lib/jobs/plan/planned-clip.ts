import type { TransitionType } from '#lib/jobs/spec/vocabulary.ts';
import type { ClipPicture } from './clip-picture.ts';

/** What a clip shows and plays. */
export type ClipSource = {
  readonly input: string;
  /** The demuxer's names of the input. */
  readonly container: string;
  /** Where it begins and ends in its input, seconds. */
  readonly from: number;
  readonly to: number;
  /** Whether it goes on where the source before it has ended: one decoder then serves both. */
  readonly continues: boolean;
  /** Null in a job without pictures. */
  readonly picture: ClipPicture | null;
  /** Number of the stream; null for silence. */
  readonly sound: number | null;
  readonly isMono: boolean;
};

/** What a clip changes to during its time. */
export type PlannedTransition = {
  readonly type: TransitionType;
  readonly after: ClipSource;
  /** Frames and samples of the transition that are left out before the clip, and those of the whole transition. */
  readonly skipped: { readonly frames: number; readonly samples: number };
  readonly whole: { readonly frames: number; readonly samples: number };
};

/** A part of an input on the timeline. Frames and samples follow from one number, so they never drift. */
export type PlannedClip = ClipSource & {
  /** First frame on the timeline, and number of frames; 0 frames in a job without pictures. */
  readonly firstFrame: number;
  readonly frames: number;
  /** Samples are counted at 48 kHz. */
  readonly firstSample: number;
  readonly samples: number;
  readonly transition: PlannedTransition | null;
};
