import { v7 as uuid } from 'uuid';
import { TRANSCODE_RECORD, type TranscodeRecord } from '#lib/transcode/record.ts';
import { hasEnded } from '#lib/transcode/state.ts';
import type { TrackedTranscode } from '#lib/transcode/tracking.ts';

/** A valid record with these fields. */
export function transcodeRecord(fields: Partial<TranscodeRecord> = {}): TranscodeRecord {
  const state = fields.state ?? 'streaming';
  const createdAt = fields.created_at ?? new Date().toISOString();
  return TRANSCODE_RECORD.parse({
    id: uuid({ msecs: Date.parse(createdAt) }),
    state,
    source_format: 'mp3/mp3',
    output_format: 'opus',
    live: false,
    adjust: [],
    filters: { speed: 1, pitch: 0, volume: 1 },
    progress: { position_seconds: 1, duration_seconds: 60, percent: 1.6 },
    metrics: { first_byte_ms: 80, bytes: 1_000, speed: 1, cpu_seconds: 0.1 },
    error: null,
    cancelled_by: state === 'cancelled' ? 'reader' : null,
    created_at: createdAt,
    ended_at: hasEnded(state) ? new Date().toISOString() : null,
    ...fields,
  });
}

/** A tracked transcode with this record that does nothing. */
export function trackedTranscode(record: TranscodeRecord, owner = 'ann'): TrackedTranscode {
  return {
    id: record.id,
    owner,
    record: () => record,
    adjust: async ({ speed = 1 }) => ({ filters: { ...record.filters, speed }, appliedAtSample: 48_000 }),
    cancel: async () => undefined,
  };
}
