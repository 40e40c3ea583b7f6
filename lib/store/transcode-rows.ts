import type { Selectable } from 'kysely';
import type { TranscodeRecord } from '#lib/transcode/record.ts';
import type { TranscodeLine } from '#lib/transcode/tracking.ts';
import type { NewEvent } from './events.ts';
import type { TranscodesTable } from './tables.ts';

export function recordOf(row: Selectable<TranscodesTable>): TranscodeRecord {
  const { owner: _owner, instance_id: _instance, created_at, ended_at, ...record } = row;
  const times = { created_at: created_at.toISOString(), ended_at: ended_at?.toISOString() ?? null };
  return { ...record, ...times } as TranscodeRecord;
}

/** Returns the events for followers of a transcode, to be written with its record. */
export function eventsOf({ record, adjusted }: TranscodeLine): NewEvent[] {
  return [
    ...adjusted.map(({ filters, appliedAtSample }): NewEvent => {
      const data = { filters, applied_at_sample: appliedAtSample };
      return { subject: record.id, type: 'filters', data, keep: 'once' };
    }),
    record.ended_at === null ? progressEvent(record) : endEvent(record),
  ];
}

function progressEvent({ id, state, progress, metrics }: TranscodeRecord): NewEvent {
  return { subject: id, type: 'progress', data: { state, ...progress, ...metrics }, keep: 'latest' };
}

/** Returns the `end` event, which contains the whole record. */
export function endEvent(record: TranscodeRecord): NewEvent {
  return { subject: record.id, type: 'end', data: record, keep: 'latest' };
}
