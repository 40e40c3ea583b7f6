import { z } from 'zod';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import { FILTER_PATCH, TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import { withTimeout } from '#lib/with-timeout.ts';
import type { Control, ControlOptions } from '#lib/work/control.ts';
import type { ControlSchemas } from '#lib/work/control-message.ts';
import type { TranscodeJournal } from './tracking.ts';

export type TranscodeAction = { readonly kind: 'cancel' } | { readonly kind: 'adjust'; readonly patch: FilterPatch };
/** The change that is now in effect; `done` after a cancellation; `ended` when the transcode had already ended. */
export type TranscodeDone = Adjusted | 'done' | 'ended';
export type TranscodeControl = Control<TranscodeAction, TranscodeDone>;

export const TRANSCODE_CONTROL: ControlSchemas<TranscodeAction, TranscodeDone> = {
  subject: 'transcode',
  action: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('cancel') }),
    z.strictObject({ kind: z.literal('adjust'), patch: FILTER_PATCH }),
  ]),
  done: z.union([
    z.literal(['done', 'ended']),
    z.strictObject({ filters: TRANSCODE_REQUEST.shape.filters, appliedAtSample: z.number() }),
  ]),
};

/** Longest time a cancellation waits for its record to be written, ms. */
const WRITTEN_WITHIN_MS = 500;

/** Performs the requests of other instances. */
export function performOn(
  journal: Pick<TranscodeJournal, 'find' | 'flush'>,
): ControlOptions<TranscodeAction, TranscodeDone>['perform'] {
  return async (id, action) => {
    const transcode = journal.find(id);
    if (transcode === undefined) return 'ended';
    if (action.kind === 'adjust') return await transcode.adjust(action.patch);
    await transcode.cancel();
    // The requesting instance reads the final state from the store.
    await withTimeout(WRITTEN_WITHIN_MS, journal.flush(), () => undefined);
    return 'done';
  };
}
