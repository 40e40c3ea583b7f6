import type { Position } from '#lib/jobs/spec/vocabulary.ts';
import type { ClipPicture } from './clip-picture.ts';

/** A picture in the picture. Frames are those of the timeline. */
export type PlannedPip = {
  readonly kind: 'pip';
  /** Number of the step. */
  readonly step: number;
  readonly input: string;
  /** The demuxer's names of the input. */
  readonly container: string;
  readonly picture: ClipPicture;
  readonly isStill: boolean;
  /** Number of its stream of sound; null when it has none. */
  readonly sound: number | null;
  /** Where it begins in its input, seconds. */
  readonly from: number;
  /** The frame at which its own time begins: before 0 when its beginning was cut off. */
  readonly sinceFrame: number;
  /** How many frames it has. */
  readonly frames: number;
  /** Up to this one, its input certainly has them: what comes after may be the last of its frames, which stays. */
  readonly lastFrame: number;
  /** The frames that show it: from the first up to the end. They may be more than it has. */
  readonly firstFrame: number;
  readonly endFrame: number;
  /** Whether it then begins again. Otherwise the last of its frames stays. */
  readonly isLooped: boolean;
  readonly look: PipLook;
};

/** Where and how a picture in the picture is shown, as a request has it. */
export type PipLook = {
  readonly position: Position;
  /** Instead of the position. */
  readonly x?: number | undefined;
  readonly y?: number | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly margin?: number | undefined;
  readonly border?: { readonly width: number; readonly color: string; readonly radius: number } | undefined;
  /** From 0 to 1. */
  readonly opacity: number;
};
