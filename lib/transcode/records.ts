import type { Caller } from '#lib/identity/caller.ts';
import type { Journal } from './journal.ts';
import type { TranscodeRequest } from './request.ts';
import { hasEnded } from './state.ts';
import type { Timeline } from './timeline.ts';
import { type Tracker, trackTranscode } from './tracking.ts';

export type NewTranscode = {
  readonly id: string;
  readonly caller: Caller;
  readonly request: TranscodeRequest;
  readonly timeline: Timeline;
  /** Breaks its stream off. */
  readonly stop: () => void;
};

/** Where transcodes are written down from their beginning. */
export type TranscodeRecords = { begin(transcode: NewTranscode): Tracker };

export function createTranscodeRecords(journal: Pick<Journal, 'changed' | 'adjusted'>): TranscodeRecords {
  return {
    begin({ caller, ...transcode }) {
      const tracker: Tracker = trackTranscode({
        ...transcode,
        owner: caller.subject,
        onState: (state) => journal.changed(tracker, hasEnded(state) ? 'end' : 'state'),
        onProgress: () => journal.changed(tracker, 'progress'),
        onAdjusted: (adjusted) => journal.adjusted(tracker, adjusted),
      });
      journal.changed(tracker, 'state');
      return tracker;
    },
  };
}
