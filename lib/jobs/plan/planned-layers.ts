import type { Position } from '#lib/jobs/spec/vocabulary.ts';
import type { PlannedPip } from './planned-pip.ts';

/** Something that is drawn over the picture. Later layers lie over earlier ones. */
export type PlannedLayer = PlannedText | PlannedPip;

/** Texts that one program draws, which so never lie on each other. */
export type PlannedText = { readonly kind: 'text'; readonly texts: readonly ShownText[] };

/** A text, and the frames of the timeline that show it: from the first up to the end. */
export type ShownText = {
  readonly text: string;
  readonly firstFrame: number;
  readonly endFrame: number;
  readonly style: TextStyle;
};

export type TextStyle = {
  /** Height of a line in pixels; null for a share of the picture. */
  readonly fontSize: number | null;
  /** `#rrggbb` or `#rrggbbaa`. */
  readonly color: string;
  readonly position: Position;
};
