import type { StyleSpec } from '#lib/jobs/spec/text-fields.ts';
import type { PlannedPip } from './planned-pip.ts';

/** Something that is drawn over the picture. Later layers lie over earlier ones. */
export type PlannedLayer = PlannedText | PlannedPip;

/** Texts that are drawn as one, so that they make room for each other. */
export type PlannedText = {
  readonly kind: 'text';
  /** What a file of ASS brings; null without one. */
  readonly script: AssScript | null;
  readonly lines: readonly TextLine[];
};

/** A text that is placed at a time, for the frames of the timeline from the first up to the end. */
export type TextLine = {
  readonly firstFrame: number;
  readonly endFrame: number;
  readonly item: TextItem;
  /** False: it only keeps a place. */
  readonly isShown: boolean;
  /** Lines lie over those of a lower depth. Those of the same depth make room for each other. */
  readonly depth: number;
};

export type TextItem = WrittenItem | ScriptItem;

/** A text of the request, or of subtitles without a look of their own. */
export type WrittenItem = {
  readonly kind: 'written';
  readonly text: string;
  readonly style: StyleSpec;
  /** When it begins and ends to be shown, ms of the timeline, before anything was cut off; and its fades. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly fadeInMs: number;
  readonly fadeOutMs: number;
};

/** An event of a file of ASS, as it is. */
export type ScriptItem = {
  readonly kind: 'scripted';
  readonly fromMs: number;
  readonly toMs: number;
  readonly fadeInMs: number;
  readonly fadeOutMs: number;
  /** Fields of the event. */
  readonly style: string;
  readonly margins: readonly [left: number, right: number, vertical: number];
  readonly effect: string;
  readonly text: string;
  /** Whether what it shows depends on the time since it began, so that it cannot be divided. */
  readonly isMoving: boolean;
};

/** The head of a file of ASS or SSA. */
export type AssScript = {
  /** Size of the picture for which it was made. */
  readonly width: number;
  readonly height: number;
  /** Whether outlines grow with the picture. */
  readonly scalesEdges: boolean;
  readonly wrapStyle: number;
  /** Whether its colours are those of BT.709; older files are drawn with the matrix of BT.601 on any picture. */
  readonly isBt709: boolean;
  /** The section of styles: its title, and its lines. */
  readonly title: string;
  readonly styles: readonly string[];
};
