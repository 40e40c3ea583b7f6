import { within } from '#lib/within.ts';
import type { Done } from '#lib/work/control.ts';
import type { ControlRequest } from '#lib/work/control-message.ts';
import type { Journal } from '#lib/work/journal.ts';

/** How long an asker waits for what was done to be written as well, ms. */
const WRITTEN_WITHIN_MS = 500;

/** Does what another instance asks for; it has seen to it that it may ask. */
export function actOn(journal: Pick<Journal, 'find' | 'flush'>): (request: ControlRequest) => Promise<Done> {
  return async ({ transcode: id, action }) => {
    const transcode = journal.find(id);
    if (transcode === undefined) return 'ended';
    if (action.kind === 'adjust') return await transcode.adjust(action.patch);
    await transcode.cancel();
    // The asker reads from the store what has become of it.
    await within(WRITTEN_WITHIN_MS, journal.flush(), () => undefined);
    return 'done';
  };
}
