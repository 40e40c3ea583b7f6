import type { PlannedPip } from '#lib/jobs/plan/planned-pip.ts';

/** The frames of a picture in the picture that a window shows. Numbers count from its own first frame. */
export type PipPart = {
  /** The frame of the timeline that shows the first of them. */
  readonly firstFrame: number;
  /** The first that is read, and how many are read. */
  readonly start: number;
  readonly read: number;
  /** How many of those are left out at first, and how many are shown after them. */
  readonly skipped: number;
  readonly shown: number;
};

type Window = { readonly firstFrame: number; readonly frames: number };

/** Returns what a window shows of a picture; undefined for nothing. Where frames are missing, the last one stays. */
export function pipPart(pip: PlannedPip, window: Window): PipPart | undefined {
  const firstFrame = Math.max(pip.firstFrame, window.firstFrame);
  const shown = Math.min(pip.endFrame, window.firstFrame + window.frames) - firstFrame;
  if (shown <= 0) return undefined;
  const { frames, lastFrame, isStill, isLooped, sinceFrame } = pip;
  const within = firstFrame - sinceFrame;
  if (isStill) return { firstFrame, start: 0, read: 1, skipped: 0, shown };
  if (isLooped) return { firstFrame, start: 0, read: frames, skipped: within % frames, shown };
  // Read from a frame on that is certainly in the input: there is then a last one that can stay.
  const start = Math.min(within, lastFrame);
  const skipped = Math.min(within, frames - 1) - start;
  return { firstFrame, start, read: Math.min(frames - start, skipped + shown), skipped, shown };
}
