import { z } from 'zod';
import { ADJUSTABLE } from '#lib/filters/live.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import type { Filters } from '#lib/playback/settings.ts';
import { OUTPUT_FORMATS } from '#lib/profiles/audio.ts';
import { NEXT_CURSOR, PAGE_FIELDS } from '#lib/work/page.ts';
import { WORK_RECORD } from '#lib/work/record.ts';
import { TRANSCODE_STATES } from './state.ts';

const PROGRESS = z.strictObject({
  position_seconds: z.number().min(0).meta({ description: 'Of the source. Never goes back.' }),
  duration_seconds: z.number().min(0).nullable().meta({ description: 'Of the source; null while nobody knows.' }),
  percent: z.number().min(0).max(100).nullable().meta({
    description: 'Of what was asked for; null while its end is not known, 100 only when it has completed.',
  }),
});

const METRICS = z.strictObject({
  first_byte_ms: z.number().min(0).nullable().meta({ description: 'From the request to the first byte of audio.' }),
  bytes: z.int().min(0),
  speed: z.number().nullable().meta({ description: 'Seconds of audio made in a second.' }),
  cpu_seconds: z.number().min(0).nullable().meta({ description: 'What ffmpeg has used.' }),
});

/** Why a transcode was cancelled: a request, or its reader has left. */
export const CANCELLED_BY = ['request', 'reader'] as const;
export type CancelledBy = (typeof CANCELLED_BY)[number];

/** A transcode as it is stored, and as answers have it. */
export const TRANSCODE_RECORD = WORK_RECORD.extend({
  state: z.enum(TRANSCODE_STATES),
  source_format: z.string().nullable().meta({ description: 'Container and codec as detected, such as `mp3/mp3`.' }),
  output_format: z.enum(OUTPUT_FORMATS),
  live: z.boolean(),
  adjust: z.array(z.enum(ADJUSTABLE)).meta({ description: 'What may change while it plays.' }),
  filters: TRANSCODE_REQUEST.shape.filters.meta({ description: 'As they are in force.' }),
  progress: PROGRESS,
  metrics: METRICS,
  cancelled_by: z.enum(CANCELLED_BY).nullable().meta({
    description: 'Of one that was cancelled: by a `DELETE`, or because its reader has left.',
  }),
});

export type TranscodeRecord = Omit<z.output<typeof TRANSCODE_RECORD>, 'filters'> & { filters: Filters };
export type TranscodeProgress = TranscodeRecord['progress'];

const STATES = ['active', ...TRANSCODE_STATES] as const;

/** The query of `GET /transcodes`. */
export const PAGE_QUERY = z.strictObject({
  state: z
    .enum(STATES, { error: `state must be one of ${STATES.join(', ')}` })
    .optional()
    .meta({ description: '`active`: those that have not ended.' }),
  ...PAGE_FIELDS.shape,
});
export type PageQuery = z.output<typeof PAGE_QUERY>;

export const TRANSCODE_PAGE = z.strictObject({ items: z.array(TRANSCODE_RECORD), next_cursor: NEXT_CURSOR });
