import { lifecycle, type Transitions } from '#lib/work/lifecycle.ts';
import type { Timeline } from '#lib/work/timeline.ts';

/** The states of a transcode: admitted, opening its source, streaming audio, and one of three final states. */
export const TRANSCODE_STATES = ['pending', 'opening', 'streaming', 'completed', 'failed', 'cancelled'] as const;
export type TranscodeState = (typeof TRANSCODE_STATES)[number];

export const TRANSITIONS: Transitions<TranscodeState> = {
  pending: ['opening', 'failed', 'cancelled'],
  opening: ['streaming', 'failed', 'cancelled'],
  streaming: ['completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

export const { mayBecome, hasEnded } = lifecycle(TRANSITIONS);

/** The points of a transcode whose times are logged. */
export type Milestone = 'validated' | 'opened' | 'spawned' | 'first_byte' | 'ended';
export type TranscodeTimeline = Timeline<Milestone>;
