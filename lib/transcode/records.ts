import type { Journal } from '#lib/work/journal.ts';
import { hasEnded } from './state.ts';
import { type NewTranscode, type Tracker, trackTranscode } from './tracking.ts';

/** Where transcodes are written down from their beginning. */
export type TranscodeRecords = { begin(transcode: NewTranscode): Tracker };

export function createTranscodeRecords(journal: Pick<Journal, 'changed' | 'adjusted'>): TranscodeRecords {
  return {
    begin(transcode) {
      const tracker: Tracker = trackTranscode({
        ...transcode,
        onState: (state) => journal.changed(tracker, hasEnded(state) ? 'end' : 'state'),
        onProgress: () => journal.changed(tracker, 'progress'),
        onAdjusted: (adjusted) => journal.adjusted(tracker, adjusted),
      });
      journal.changed(tracker, 'state');
      return tracker;
    },
  };
}
